import {
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  RecordBatchHeader,
  alignUp,
  BATCH_ALIGNMENT_BYTES,
  type FoundRecord,
  type LogReader,
  type ReadResult,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { FetchMemory } from './fetch-memory.ts'
import type { FetchedBatches } from './fetched-batches.ts'
import { LeaderEpochs, type LogPlace } from './leader-epochs.ts'

/**
 * What a consumer has fetched of one partition and not read yet, in memory of its own.
 *
 * ```text
 *             chunks, each an answer of the leader
 *   read ◀──────────────┬──────────────┬──────────────── accept
 *        readOffset                              fetchOffset
 * ```
 *
 * A read from elsewhere than `readOffset` drops what was fetched, and fetches from there. So a position is where the
 * reader reads, and nobody else says where it is.
 *
 * Thread: the consumer's.
 */
export class FetchedLog implements LogReader {
  readonly deletedBefore = 0
  readonly at: TopicPartition
  readonly #parts: FetchedLogParts
  readonly #header = new RecordBatchHeader()
  #chunks: FetchedBatches[] = []
  /** Where the batch that holds `#readOffset` starts in the first chunk. */
  #readByte = 0
  /** -1: nobody has read yet. */
  #readOffset = -1
  #bufferedBytes = 0
  #fetchOffset = -1
  #lastFetchedEpoch = -1
  readonly #epochs = new LeaderEpochs()
  #start: LogPlace | null = null
  #generation = 0
  #logStartOffset: number
  #endOffset: number
  #end: LogEnd | null = null
  #truncatedTo: number | null = null
  #isDeleted = false
  /** Loads that wait for whatever comes next. */
  #loads: Array<() => void> = []

  constructor(at: TopicPartition, bounds: LogBounds, parts: FetchedLogParts) {
    this.at = at
    this.#parts = parts
    this.#logStartOffset = bounds.logStartOffset
    this.#endOffset = bounds.endOffset
  }

  // ---- the reader ----

  get logStartOffset(): number {
    return this.#logStartOffset
  }

  get endOffset(): number {
    return this.#endOffset
  }

  get truncatedTo(): number | null {
    return this.#truncatedTo
  }

  read(offset: number, target: Uint8Array, result: ReadResult): void {
    result.copiedBytes = 0
    result.nextOffset = offset
    result.requiredBytes = 0
    result.status = READ_NOTHING_NEW
    if (offset !== this.#readOffset && !this.#moveWithin(offset)) {
      if (offset < this.#logStartOffset) result.status = READ_OUT_OF_RANGE
      else this.#goTo(offset)
      return
    }
    const chunk = this.#chunks[0]
    if (chunk !== undefined) return this.#copy(chunk, target, result)
    const end = this.#end
    if (end === null) return
    this.beginAt(offset, this.#lastFetchedEpoch) // the next read asks the cluster the same again
    if (end.error !== null) throw end.error
    result.status = READ_OUT_OF_RANGE
  }

  availableBytes(offset: number): number {
    if (offset !== this.#readOffset) return Infinity
    return this.#chunks.length === 0 && this.#end !== null ? Infinity : this.#bufferedBytes
  }

  /** Resolves when something has come, whatever it is. What comes rings the consumer as well. */
  load(): Promise<void> {
    return new Promise((resolve) => this.#loads.push(resolve))
  }

  loadSync(): boolean {
    return true
  }

  findByTimestamp(timestampMs: number): Promise<FoundRecord | null> {
    return this.#parts.findByTimestamp(timestampMs)
  }

  close(): void {
    this.rest()
    this.#parts.onClose()
  }

  /** Fetches nothing, and keeps nothing of what it has fetched, until it is read again. */
  rest(): void {
    if (this.#fetchOffset < 0) return
    this.#generation++
    this.#dropChunks()
    this.#readOffset = -1
    this.#fetchOffset = -1
    this.#end = null
    this.#endLoads()
  }

  /**
   * Fetches from an offset that is read next: what lies before it was read elsewhere.
   *
   * @param leaderEpoch Of the batch before; -1: not known.
   */
  beginAt(offset: number, leaderEpoch: number): void {
    this.#goTo(offset)
    this.#lastFetchedEpoch = leaderEpoch
  }

  /** Where the first read is, if it is there: what a group has committed is held against the log as it is now. */
  startFrom(place: LogPlace): void {
    this.#start = place
  }

  /** Batches were read elsewhere, as they are in this log. */
  noteRead(batches: Uint8Array): void {
    this.#epochs.noteAll(batches)
  }

  /** The leader epoch of the record before an offset; -1: not known, for it was not read. */
  leaderEpochBefore(offset: number): number {
    return this.#epochs.before(offset)
  }

  // ---- the fetches ----

  /** Another one: what was asked for before is not wanted any more. */
  get generation(): number {
    return this.#generation
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** The offset to fetch from; -1: nobody has read yet. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  /** The leader epoch of the batch before `fetchOffset`; -1: not known. */
  get lastFetchedEpoch(): number {
    return this.#lastFetchedEpoch
  }

  /** Whether the cluster has no such partition any more. */
  get isDeleted(): boolean {
    return this.#isDeleted
  }

  setDeleted(): void {
    this.#isDeleted = true
    this.#endLoads()
  }

  /** Whether what comes next is known, and is no record. */
  get hasEnded(): boolean {
    return this.#end !== null
  }

  setBounds({ logStartOffset, endOffset }: LogBounds): void {
    if (logStartOffset >= 0) this.#logStartOffset = logStartOffset
    if (endOffset >= 0) this.#endOffset = endOffset
  }

  accept(fetched: FetchedBatches): void {
    if (fetched.bytes.length > 0) {
      this.#chunks.push(fetched)
      this.#bufferedBytes += fetched.bytes.length
      this.#fetchOffset = fetched.nextOffset
      this.#lastFetchedEpoch = fetched.leaderEpoch
    } else this.#parts.memory.giveBack(fetched.memory)
    if (fetched.fault !== null) this.#end = { error: fetched.fault }
    this.#endLoads()
  }

  /** What comes next cannot be read. */
  fail(error: RinglogError): void {
    this.#end = { error }
    this.#endLoads()
  }

  /** `fetchOffset` is not within the log, whose bounds are known by now. */
  endOutOfRange(): void {
    this.#end = { error: null }
    this.#endLoads()
  }

  /** A leader that was elected since has another log from `offset` on. */
  truncate(offset: number): void {
    this.#truncatedTo = offset
    this.#end = { error: null }
    this.#endLoads()
  }

  #endLoads(): void {
    for (const end of this.#loads.splice(0)) end()
  }

  /** Goes to an offset that was fetched and not read yet; `false`: there is none such. */
  #moveWithin(offset: number): boolean {
    const index = this.#chunks.findIndex(
      ({ firstOffset, nextOffset }) => firstOffset <= offset && offset < nextOffset,
    )
    if (index < 0 || offset < this.#readOffset) return false
    for (let dropped = 0; dropped < index; dropped++) this.#dropChunk()
    const { bytes } = this.#chunks[0]!
    const start = this.#readByte
    while (this.#header.wrap(bytes, this.#readByte).lastOffset < offset) {
      this.#readByte += alignUp(this.#header.sizeBytes, BATCH_ALIGNMENT_BYTES)
    }
    this.#bufferedBytes -= this.#readByte - start
    this.#readOffset = offset
    return true
  }

  #goTo(offset: number): void {
    this.#generation++
    this.#dropChunks()
    this.#readOffset = offset
    this.#fetchOffset = offset
    this.#lastFetchedEpoch = this.#start?.offset === offset ? this.#start.leaderEpoch : -1
    this.#start = null
    this.#end = null
    this.#parts.onWanted()
  }

  #copy(chunk: FetchedBatches, target: Uint8Array, result: ReadResult): void {
    const { bytes } = chunk
    const start = this.#readByte
    const limit = Math.min(bytes.length, start + target.length)
    let end = start
    while (end < limit) {
      const batchBytes = alignUp(this.#header.wrap(bytes, end).sizeBytes, BATCH_ALIGNMENT_BYTES)
      if (end + batchBytes > limit) break
      end += batchBytes
      const { baseOffset, lastOffset, partitionLeaderEpoch } = this.#header
      result.nextOffset = lastOffset + 1
      this.#epochs.note(baseOffset, lastOffset + 1, partitionLeaderEpoch)
    }
    if (end === start) {
      result.status = READ_NEEDS_LARGER_TARGET
      result.requiredBytes = alignUp(this.#header.sizeBytes, BATCH_ALIGNMENT_BYTES)
      return
    }
    target.set(bytes.subarray(start, end))
    result.status = READ_OK
    result.copiedBytes = end - start
    this.#truncatedTo = null
    this.#readOffset = result.nextOffset
    this.#readByte = end
    this.#bufferedBytes -= end - start
    if (end === bytes.length) this.#dropChunk()
    this.#parts.onWanted()
  }

  #dropChunk(): void {
    const { bytes, memory } = this.#chunks.shift()!
    this.#bufferedBytes -= bytes.length - this.#readByte
    this.#readByte = 0
    this.#parts.memory.giveBack(memory)
  }

  #dropChunks(): void {
    while (this.#chunks.length > 0) this.#dropChunk()
  }
}

/** What comes after the last chunk instead of records. */
interface LogEnd {
  /** `null`: the offset is out of range. */
  readonly error: RinglogError | null
}

/** -1: not known. */
export interface LogBounds {
  readonly logStartOffset: number
  readonly endOffset: number
}

/** What a fetched log needs of its surroundings. */
export interface FetchedLogParts {
  readonly memory: FetchMemory
  /** More of it may be fetched now. */
  onWanted(): void
  onClose(): void
  findByTimestamp(timestampMs: number): Promise<FoundRecord | null>
}
