import { cleanLog } from '../../src/cleaner/clean-log.ts'
import { CleaningMemory } from '../../src/cleaner/cleaning-memory.ts'
import type { CleanedSegment, CleaningJob, CleaningResult } from '../../src/cleaner/cleaning-job.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { openLog } from '../open-log.ts'
import { SimulatedFileSystem } from '../simulation/simulated-file-system.ts'
import { keyedBatch, type KeyedBatch } from './keyed-batches.ts'

/** When rounds are made, where nothing else is said. */
export const NOW_MS = 1_000_000
export const DELETE_RETENTION_MS = 100

/** A log that is compacted by hand, on a disk in memory. */
export class CleanedLog {
  readonly fileSystem = new SimulatedFileSystem()
  readonly #memory = new CleaningMemory(this.fileSystem, new Uint8Array(16))
  readonly log: SegmentedLog

  constructor() {
    this.fileSystem.makeDirectory('/data')
    this.log = openLog({
      fileSystem: this.fileSystem,
      dataDirectory: '/data',
      config: { segmentBytes: 1024 * 1024, cleanupPolicy: ['compact'] },
    })
  }

  /** Appends batches, and seals the segment. */
  segment(...batches: ReadonlyArray<Omit<KeyedBatch, 'baseOffset'>>): this {
    for (const batch of batches) {
      const bytes = keyedBatch({ ...batch, baseOffset: this.log.endOffset })
      this.log.append(bytes, bytes.length)
    }
    this.log.roll()
    for (const sealed of this.log.takeSealed()) sealed.close()
    return this
  }

  /** A round over all that is sealed. */
  clean(
    job: Partial<CleaningJob> = {},
    onCleaned: (segment: CleanedSegment) => void = (segment) => this.log.sealed.replace(segment),
    assertWanted: () => void = () => undefined,
  ): CleaningResult {
    return cleanLog({
      fileSystem: this.fileSystem,
      job: {
        folder: this.log.folder.path,
        segments: this.log.segments.slice(0, -1),
        firstDirtyOffset: 0,
        nowMs: NOW_MS,
        deleteRetentionMs: DELETE_RETENTION_MS,
        segmentBytes: 1,
        maxKeys: 1_000,
        ...job,
      },
      memory: this.#memory,
      assertWanted,
      onCleaned,
    })
  }

  /** The names of its files that are none of a log's. */
  get leftovers(): string[] {
    return this.log.folder.list().filter((name) => /\.(cleaned|swap|deleted)$/.test(name))
  }
}
