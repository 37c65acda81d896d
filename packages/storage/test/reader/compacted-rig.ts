import { cleanLog } from '../../src/cleaner/clean-log.ts'
import { CleaningMemory } from '../../src/cleaner/cleaning-memory.ts'
import type { CleanedSegment } from '../../src/cleaner/cleaning-job.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { recordsOf, keyedBatch, type FoundKeyedRecord } from '../cleaner/keyed-batches.ts'
import { DiskRig } from './disk-rig.ts'

const SEGMENT_BYTES = 4_000
/** Its rounds are made at the beginning of 1970. */
export const DELETE_RETENTION_MS = 1e9

/** A compacted partition on disk, and all that was written to it. */
export class CompactedRig extends DiskRig {
  readonly written: FoundKeyedRecord[] = []
  /** What is done while files are being swapped, once it has begun. */
  duringSwap: () => void = () => undefined

  constructor() {
    super(SEGMENT_BYTES, 'compact')
  }

  appendKeyed(
    records: ReadonlyArray<{ key: string; value: string | null; timestamp?: number }>,
  ): void {
    const baseOffset = this.written.length
    const batch = keyedBatch({ baseOffset, records })
    this.written.push(...recordsOf(batch))
    this.append(batch)
  }

  /** Compacts all that is sealed. */
  clean(): void {
    const { log } = this
    const segments = log.segments.slice(0, -1)
    if (segments.length === 0) return
    cleanLog({
      fileSystem: nodeFileSystem,
      job: {
        folder: log.folder.path,
        segments,
        firstDirtyOffset: 0,
        nowMs: 0,
        deleteRetentionMs: DELETE_RETENTION_MS,
        segmentBytes: SEGMENT_BYTES,
        maxKeys: 1_000,
      },
      memory: new CleaningMemory(nodeFileSystem, new Uint8Array(16)),
      assertWanted: () => undefined,
      onCleaned: (segment) => this.#replace(segment),
    })
  }

  /** Whether a later record below the high watermark has the same key. */
  isOutdated({ key, offset }: FoundKeyedRecord): boolean {
    const later = this.written.slice(offset + 1, this.storage.highWatermark)
    return later.some((record) => record.key === key)
  }

  #replace(segment: CleanedSegment): void {
    this.storage.beginFileSwap()
    this.duringSwap()
    this.log.sealed.replace(segment)
    this.storage.endFileSwap()
  }
}
