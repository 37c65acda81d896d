import {
  PartitionStateWord,
  partitionKey,
  type EngineCallOptions,
  type LogReader,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { LogPlace } from '../wire/consumer-description.ts'
import { openLogReader } from '../wire/open-log-reader.ts'

/**
 * Readers for a look at where partitions begin and end; each is fetched from the controller once. Those of
 * a deleted topic are not used again, and do not keep its memory.
 *
 * Thread: the client's.
 */
export class ReaderCache {
  readonly #fetchLogs: FetchLogs
  readonly #readers = new Map<string, WeakRef<CachedReader>>()

  constructor(fetchLogs: FetchLogs) {
    this.#fetchLogs = fetchLogs
  }

  /** How many partitions it has readers of; some of these partitions may be gone. */
  get size(): number {
    return this.#readers.size
  }

  /** The readers of these partitions, in the order asked for. */
  async open(
    partitions: readonly TopicPartition[],
    options: EngineCallOptions,
  ): Promise<LogReader[]> {
    const readers = partitions.map((p) => this.#find(p))
    const missing = partitions.filter((_, i) => readers[i] === null)
    if (missing.length > 0) {
      const list = missing.map(({ topic, partition }) => ({ topic, partition }))
      const logs = await this.#fetchLogs(list, options)
      logs.forEach((log, i) => {
        readers[readers.indexOf(null)] = this.#add(missing[i]!, log)
      })
    }
    return readers as LogReader[]
  }

  #find(p: TopicPartition): LogReader | null {
    const cached = this.#readers.get(partitionKey(p))?.deref()
    return cached === undefined || cached.stateWord.isDeleted ? null : cached.reader
  }

  #add(p: TopicPartition, { memory, directory }: LogPlace): LogReader {
    const reader = openLogReader(memory, directory)
    const cached: CachedReader = { reader, stateWord: new PartitionStateWord(memory) }
    this.#dropUnused()
    this.#readers.set(partitionKey(p), new WeakRef(cached))
    return reader
  }

  /** The cache does not grow with topics that come and go. */
  #dropUnused(): void {
    for (const [key, ref] of this.#readers) {
      const cached = ref.deref()
      if (cached === undefined || cached.stateWord.isDeleted) this.#readers.delete(key)
    }
  }
}

/** Asks where the logs of partitions are; the answers come in the order asked for. */
type FetchLogs = (partitions: TopicPartition[], options: EngineCallOptions) => Promise<LogPlace[]>

/** A reader, and the state of its partition. */
interface CachedReader {
  readonly reader: LogReader
  readonly stateWord: PartitionStateWord
}
