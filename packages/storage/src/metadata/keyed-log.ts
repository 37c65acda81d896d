import { RecordBatchBuilder, RecordBatchCursor, RinglogError } from '@ringlog/core/internal/storage'
import type { LogToBackUp } from '../backup/stage-backup.ts'
import type { FileSystem } from '../file-system/file-system.ts'
import { storageErrorOf } from '../file-system/storage-error.ts'
import { stampCrc } from '../segment/batch-crc.ts'
import type { SealedSegment } from '../segment/sealed-segments.ts'
import type { SegmentedLog } from '../segment/segmented-log.ts'

/** What a batch takes at the most, unless one entry alone is larger. */
const BATCH_BYTES = 256 * 1024
/** A log is rewritten when it is larger than this, and than so many times what is alive of it. */
const MIN_REWRITE_BYTES = 1024 * 1024
const MAX_DEAD_SHARE = 4
/** What a record takes beside key and value, at the most, and a batch's header. */
const OVERHEAD_BYTES = 128

/**
 * A log of which only the latest entry of each key counts, with all of these in memory.
 *
 * It cleans itself: where most of it is dead, it begins a new segment with all that is alive, syncs it, and moves
 * the log's start there. What a crash leaves of that is more of the same. (Why not the cleaner: decision 10, in docs/adr.)
 *
 * Thread: the storage thread. Every call blocks on the disk.
 */
export class KeyedLog {
  readonly #fileSystem: FileSystem
  readonly #log: SegmentedLog
  readonly #builder = new RecordBatchBuilder(new ArrayBuffer(BATCH_BYTES))
  readonly #live = new Map<string, LogEntry>()
  #liveBytes = 0
  /** When the log is this large, it is looked at whether to rewrite it. */
  #rewriteBytes = MIN_REWRITE_BYTES
  #flushedOffset: number
  /** `null`: none. After a sync that failed, nothing is known of what the disk has (D-8). */
  #failure: RinglogError | null = null

  /**
   * @param log Open and recovered; this owns it.
   * @throws RinglogError KAFKA_STORAGE_ERROR where the files do not hold what was written.
   */
  constructor(fileSystem: FileSystem, log: SegmentedLog) {
    this.#fileSystem = fileSystem
    this.#log = log
    this.#flushedOffset = log.endOffset
    const cursor = new RecordBatchCursor()
    log.readFrom(log.logStartOffset, (bytes, byteIndex) => {
      cursor.open(bytes, byteIndex)
      while (cursor.next()) this.#replace(entryAt(cursor))
    })
  }

  /** How far the log would survive the loss of power: a recovery may begin there (D-6). */
  get flushedOffset(): number {
    return this.#flushedOffset
  }

  get logStartOffset(): number {
    return this.#log.logStartOffset
  }

  get toBackUp(): LogToBackUp {
    return { segments: this.#log.segments, flushedOffset: this.#flushedOffset }
  }

  /** The latest entry of each key that has a value. */
  get entries(): IteratorObject<LogEntry> {
    return this.#live.values()
  }

  /**
   * Writes entries, in order.
   *
   * @param isSynced Whether they are to survive the loss of power when this returns.
   * @throws RinglogError KAFKA_STORAGE_ERROR; once a sync has failed, every time.
   */
  append(entries: readonly LogEntry[], nowMs: number, isSynced: boolean): void {
    if (this.#failure !== null) throw this.#failure
    try {
      this.#append(entries, nowMs, isSynced)
    } catch (error) {
      throw storageErrorOf(error, 'the metadata could not be written')
    }
  }

  #append(entries: readonly LogEntry[], nowMs: number, isSynced: boolean): void {
    this.#write(entries, nowMs)
    for (const entry of entries) this.#replace(entry)
    const sealed = this.#log.takeSealed()
    if (isSynced || sealed.length > 0) this.#sync(sealed)
    if (this.#log.sizeBytes >= this.#rewriteBytes) this.#rewrite(nowMs)
  }

  /** Syncs all that is written, and closes the files; only closes them after a sync that failed. */
  close(): void {
    if (this.#failure === null) this.#log.close()
    else this.#log.abandon()
  }

  #sync(sealed: readonly SealedSegment[]): void {
    const { endOffset } = this.#log
    try {
      for (const { descriptors } of sealed) {
        for (const descriptor of descriptors) this.#fileSystem.sync(descriptor)
      }
      this.#fileSystem.sync(this.#log.activeSegment.descriptor)
    } catch (cause) {
      this.#log.distrust() // D-32
      this.#failure = new RinglogError(
        'KAFKA_STORAGE_ERROR',
        'the metadata could not be synced, and is not written any more until the broker is started again',
        { cause },
      )
      throw this.#failure
    } finally {
      for (const segment of sealed) segment.close()
    }
    this.#flushedOffset = endOffset // D-6
  }

  #write(entries: Iterable<LogEntry>, nowMs: number): void {
    const builder = this.#builder
    const seal = (): void => {
      if (builder.recordCount === 0) return
      const batch = builder.seal({ baseOffset: this.#log.endOffset })
      stampCrc(batch, 0, batch.length)
      this.#log.append(batch, batch.length)
    }
    builder.reset(builder.memory)
    for (const { key, value } of entries) {
      if (builder.tryAppend(key, value, nowMs)) continue
      seal()
      const sizeBytes = OVERHEAD_BYTES + key.length + (value?.length ?? 0)
      builder.reset(new ArrayBuffer(Math.max(BATCH_BYTES, sizeBytes)))
      builder.tryAppend(key, value, nowMs)
    }
    seal()
  }

  #rewrite(nowMs: number): void {
    const isMostlyDead = this.#log.sizeBytes >= this.#liveBytes * MAX_DEAD_SHARE
    if (isMostlyDead) {
      const { endOffset } = this.#log
      this.#log.roll()
      this.#write(this.#live.values(), nowMs)
      this.#sync(this.#log.takeSealed())
      this.#log.deleteBefore(endOffset)
    }
    this.#rewriteBytes = Math.max(MIN_REWRITE_BYTES, this.#liveBytes * MAX_DEAD_SHARE)
  }

  #replace(entry: LogEntry): void {
    const name = entry.key.toString('latin1')
    const former = this.#live.get(name)
    if (former !== undefined) this.#liveBytes -= bytesOf(former)
    if (entry.value === null) this.#live.delete(name)
    else this.#live.set(name, entry)
    if (entry.value !== null) this.#liveBytes += bytesOf(entry)
  }
}

/** A key, and what it stands for; `null`: nothing any more. */
export interface LogEntry {
  readonly key: Buffer
  readonly value: Buffer | null
}

function entryAt({
  bytes,
  keyStart,
  keyLength,
  valueStart,
  valueLength,
}: RecordBatchCursor): LogEntry {
  const copy = (start: number, length: number): Buffer =>
    Buffer.from(bytes.subarray(start, start + length))
  return {
    key: copy(keyStart, keyLength),
    value: valueLength < 0 ? null : copy(valueStart, valueLength),
  }
}

function bytesOf({ key, value }: LogEntry): number {
  return key.length + (value?.length ?? 0)
}
