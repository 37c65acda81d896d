import {
  PartitionStateWord,
  partitionKey,
  type EngineCallOptions,
  type LogReader,
  type TopicPartition,
} from '@ringlog/core/internal'
import { openLogReader } from '../wire/open-log-reader.ts'

/**
 * Readers for a look at where partitions begin and end; each is fetched from the controller once. Those of
 * a deleted topic are not used again, and do not keep its memory.
 *
 * Thread: the client's.
 */
export class ReaderCache {
  readonly #fetchMemory: FetchMemory
  readonly #readers = new Map<string, WeakRef<CachedReader>>()

  constructor(fetchMemory: FetchMemory) {
    this.#fetchMemory = fetchMemory
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
      const memories = await this.#fetchMemory(list, options)
      memories.forEach((memory, i) => {
        readers[readers.indexOf(null)] = this.#add(missing[i]!, memory)
      })
    }
    return readers as LogReader[]
  }

  #find(p: TopicPartition): LogReader | null {
    const cached = this.#readers.get(partitionKey(p))?.deref()
    return cached === undefined || cached.stateWord.isDeleted ? null : cached.reader
  }

  #add(p: TopicPartition, memory: SharedArrayBuffer): LogReader {
    const reader = openLogReader(memory)
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

/** Fetches the memory of partitions, in the order asked for. */
type FetchMemory = (
  partitions: TopicPartition[],
  options: EngineCallOptions,
) => Promise<SharedArrayBuffer[]>

/** A reader, and the state of its partition. */
interface CachedReader {
  readonly reader: LogReader
  readonly stateWord: PartitionStateWord
}
