import {
  READ_NEEDS_LOAD,
  READ_OUT_OF_RANGE,
  STORAGE_FAILED,
  type FoundRecord,
  type PartitionStorage,
  type ReadResult,
} from '@ringlog/core/internal/storage'
import { ChunkLoader, type LoadResult } from './chunk-loader.ts'
import { DiskChunk, type FilePlace } from './disk-chunk.ts'
import { runAside, runBlocking } from './file-work.ts'
import { OpenFiles, threadFiles } from './open-files.ts'
import { HALF_SWAPPED, unreadableLog } from './segment-fault.ts'
import { findByTimestamp } from './timestamp-search.ts'

/**
 * Reads the files of a log, beside the thread that writes them: a chunk at a time is loaded, and the one after it
 * while the first is read. It is for offsets that are written; what comes after them is the ring's.
 *
 * Thread: one instance belongs to one thread. `read` does not block; `load` is made by other threads.
 * Cost: a chunk of 1 MiB, and by `load` another; both are given up by `close`.
 */
export class DiskLogReader {
  readonly #directory: string
  readonly #storage: PartitionStorage
  readonly #writtenUpTo: () => number
  readonly #loader: ChunkLoader
  #chunk: DiskChunk | null = null
  /** A chunk that is not in use. */
  #spare: DiskChunk | null = null
  /** What was asked for last, and is not there yet. */
  #loading: { readonly offset: number; readonly ended: Promise<void> } | null = null
  /** What comes after the chunk; it is loaded without having been asked for. */
  #ahead: ReadAhead | null = null
  /** Another one: what was asked for before is not wanted any more. */
  #generation = 0
  /** How often this was closed. */
  #closings = 0

  /**
   * @param directory The partition's folder.
   * @param writtenUpTo The offset up to which all is written: the end of a batch, or within one that is written
   *   whole.
   */
  constructor(
    directory: string,
    storage: PartitionStorage,
    writtenUpTo: () => number,
    files: OpenFiles = threadFiles,
  ) {
    this.#directory = directory
    this.#storage = storage
    this.#writtenUpTo = writtenUpTo
    this.#loader = new ChunkLoader(directory, storage, files)
  }

  /** As `LogReader.read`. */
  read(offset: number, target: Uint8Array, result: ReadResult): void {
    result.copiedBytes = 0
    result.nextOffset = offset
    result.requiredBytes = 0
    if (offset < this.#storage.logStartOffset) result.status = READ_OUT_OF_RANGE
    else if (this.#chunk?.has(offset) === true) this.#chunk.copy(offset, target, result)
    else result.status = READ_NEEDS_LOAD
  }

  /** As `LogReader.load`. */
  load(offset: number): Promise<void> {
    if (this.#chunk?.has(offset) === true) return Promise.resolve()
    if (this.#loading?.offset === offset) return this.#loading.ended
    const generation = ++this.#generation
    const ended = this.#load(offset, generation)
    this.#loading = { offset, ended }
    return ended
  }

  /** As `LogReader.loadSync`. */
  loadSync(offset: number): boolean {
    const ahead = this.#takeAhead(offset)?.chunk ?? null
    this.#generation++
    this.#loading = null
    const chunk = ahead ?? this.#newChunk()
    const from = this.#placeOf(offset)
    const upTo = this.#writtenUpTo()
    if (ahead === null) {
      const result = runBlocking(this.#loader.load(chunk, offset, upTo, from, MAX_BLOCKED_MS))
      if (result === 'swapping' && this.#storage.state !== STORAGE_FAILED) return false // INV-114
      if (!this.#isLoaded(result, offset, upTo)) return true
    }
    this.#show(chunk)
    return true
  }

  /** As `LogReader.findByTimestamp`, among the batches that start before `upTo`. */
  findByTimestamp(timestampMs: number, upTo: number): Promise<FoundRecord | null> {
    const storage = this.#storage
    const directory = this.#directory
    const loader = new ChunkLoader(directory, storage, new OpenFiles(1))
    const work = findByTimestamp({ loader, storage, directory, timestampMs, upTo })
    return runAside(work).finally(() => loader.close())
  }

  /** Gives up what is loaded, and what is open. */
  close(): void {
    this.#generation++
    this.#closings++
    this.#chunk = null
    this.#spare = null
    this.#loading = null
    this.#ahead = null
    this.#loader.close()
  }

  async #load(offset: number, generation: number): Promise<void> {
    const from = this.#placeOf(offset)
    try {
      const ahead = (await this.#takeAhead(offset)?.ended) ?? null
      if (generation !== this.#generation) return
      const chunk = ahead ?? (await this.#fetch(offset, from))
      if (chunk !== null && generation === this.#generation) this.#readAhead(this.#show(chunk))
    } finally {
      if (generation === this.#generation) this.#loading = null
    }
  }

  /** Loads a chunk; `null`: the log starts after `offset` by now. */
  async #fetch(offset: number, from: FilePlace | null): Promise<DiskChunk | null> {
    const closings = this.#closings
    const chunk = this.#newChunk()
    try {
      const upTo = this.#writtenUpTo()
      const work = this.#loader.load(chunk, offset, upTo, from)
      return this.#isLoaded(await runAside(work), offset, upTo) ? chunk : null
    } finally {
      // What this has opened since then would stay open.
      if (closings !== this.#closings) this.#loader.closeFiles()
    }
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR where the files end before what is written, or are half swapped. */
  #isLoaded(result: LoadResult, offset: number, upTo: number): boolean {
    if (result === 'swapping') throw unreadableLog(this.#directory, offset, HALF_SWAPPED)
    // What comes after that is written by now: the caller reads once more.
    if (result !== 'nothing' || upTo < this.#writtenUpTo()) return result === 'loaded'
    throw unreadableLog(this.#directory, offset, 'no file has it')
  }

  #readAhead({ nextOffset: offset, next }: DiskChunk): void {
    if (offset >= this.#writtenUpTo()) return
    const ahead: ReadAhead = { offset, chunk: null, ended: Promise.resolve(null) }
    ahead.ended = this.#fetch(offset, next).then(
      (chunk) => (ahead.chunk = chunk),
      () => null, // who asks for it will see the error
    )
    this.#ahead = ahead
  }

  /** What was read ahead, where that is it; else it is of no use. */
  #takeAhead(offset: number): ReadAhead | null {
    const ahead = this.#ahead
    this.#ahead = null
    return ahead?.offset === offset ? ahead : null
  }

  /** Where its batch starts, if that is known. */
  #placeOf(offset: number): FilePlace | null {
    return this.#chunk?.nextOffset === offset ? this.#chunk.next : null
  }

  #show(chunk: DiskChunk): DiskChunk {
    this.#spare = this.#chunk
    this.#chunk = chunk
    return chunk
  }

  #newChunk(): DiskChunk {
    const chunk = this.#spare ?? new DiskChunk()
    this.#spare = null
    return chunk
  }
}

/** For so long a thread is blocked while files are being swapped; then its caller looks what time it is. */
const MAX_BLOCKED_MS = 50

/** A chunk that is loaded before it is asked for. */
interface ReadAhead {
  readonly offset: number
  /** `null`: it is not there yet, or cannot be loaded. */
  chunk: DiskChunk | null
  ended: Promise<DiskChunk | null>
}
