import { VirtualClock } from '@ringlog/core/testing'
import { describe, expect, test } from 'vitest'
import type { CleaningFault } from '../../src/cleaner/cleaner-messages.ts'
import type { CleanedSegment, CleaningJob } from '../../src/cleaner/cleaning-job.ts'
import {
  CleanerHost,
  type Cleaner,
  type CleaningEnd,
} from '../../src/storage-thread/cleaner-host.ts'
import { LogCleaning } from '../../src/storage-thread/log-cleaning.ts'
import { PartitionCompaction } from '../../src/storage-thread/partition-compaction.ts'
import { cleanerUrl } from '../../src/thread-urls.ts'
import { contentOf, keyedBatch } from '../cleaner/keyed-batches.ts'
import { FollowerRig } from './follower-rig.ts'
import { diskConfig } from './ring-rig.ts'

const NO_STATS = { bytesRead: 0, bytesWritten: 0, recordsRead: 0, recordsWritten: 0 }
const DAMAGED: CleaningFault = { message: 'the log is damaged', systemCode: null }

/** A cleaner whose rounds end when the test says so. */
class ManualCleaner implements Cleaner {
  readonly jobs: CleaningJob[] = []
  abandoned = 0
  handOver: (segment: CleanedSegment) => void = () => undefined
  #end: (end: CleaningEnd) => void = () => undefined

  clean(job: CleaningJob, onCleaned: (segment: CleanedSegment) => void): Promise<CleaningEnd> {
    this.jobs.push(job)
    this.handOver = onCleaned
    return new Promise((resolve) => (this.#end = resolve))
  }

  abandon(): void {
    this.abandoned++
  }

  async end(end: CleaningEnd): Promise<void> {
    this.#end(end)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A partition with sealed and synced segments, of so many records each of one key, beside the active one. */
class CompactedPartition {
  readonly rig = new FollowerRig({ cleanupPolicy: 'compact', minCleanableDirtyRatio: 0 })
  readonly compaction: PartitionCompaction
  readonly written: Array<['cleanerPoint' | 'recoveryPoint', number]> = []
  #cleanerPoint = 0

  constructor(segments: number, records = 3, cleanerPoint = 0) {
    const { log, leader } = this.rig
    this.#cleanerPoint = cleanerPoint
    for (let segment = 0; segment < segments; segment++) {
      for (let record = 0; record < records; record++) {
        const batch = keyedBatch({
          baseOffset: log.endOffset,
          records: [{ key: 'a', value: 'x'.repeat(100) }],
        })
        log.append(batch, batch.length)
      }
      log.roll()
    }
    for (const sealed of log.takeSealed()) sealed.close()
    leader.storage.setFlushed(log.endOffset)
    leader.storage.advanceHighWatermark(0, log.endOffset)
    this.compaction = new PartitionCompaction({
      at: { topic: 'orders', partition: 0 },
      config: diskConfig({ cleanupPolicy: 'compact', minCleanableDirtyRatio: 0 }),
      log,
      storage: leader.storage,
      clock: this.rig.clock,
      checkpoints: {
        cleanerPointOf: () => this.#cleanerPoint,
        writeCleanerPoint: (_, offset) => {
          this.#cleanerPoint = offset
          this.written.push(['cleanerPoint', offset])
        },
        writeRecoveryPoint: (_, offset) => this.written.push(['recoveryPoint', offset]),
      },
      onHalfChanged: (error) => {
        throw error
      },
    })
  }

  get records(): number[] {
    return contentOf(this.rig.log).records.map(({ offset }) => offset)
  }

  get leftovers(): string[] {
    return this.rig.log.folder.list().filter((name) => /\.(cleaned|swap|deleted)$/.test(name))
  }
}

function rigOf(
  cleaner: Cleaner,
  ...partitions: CompactedPartition[]
): {
  cleaning: LogCleaning
  clock: VirtualClock
  uncleanable: string[]
  /** Those that are open. */
  logs: PartitionCompaction[]
} {
  const clock = new VirtualClock()
  const uncleanable: string[] = []
  const logs = partitions.map(({ compaction }) => compaction)
  const cleaning = new LogCleaning({
    cleaner,
    clock,
    logs: () => logs,
    onUncleanable: (_, { message }) => uncleanable.push(message),
  })
  return { cleaning, clock, uncleanable, logs }
}

describe('the compaction of logs', () => {
  test('is made of one at a time, the dirtiest first', async () => {
    const cleaner = new ManualCleaner()
    const half = new CompactedPartition(2, 3, 3)
    const whole = new CompactedPartition(1)
    const { cleaning } = rigOf(cleaner, half, whole)
    cleaning.lookAgain()
    cleaning.lookAgain()
    expect(cleaner.jobs).toMatchObject([{ folder: whole.rig.log.folder.path, firstDirtyOffset: 0 }])
    await cleaner.end({ result: { cleanedUpTo: 3, stats: NO_STATS } })
    expect(whole.written).toEqual([['cleanerPoint', 3]])
    expect(whole.compaction.metrics).toMatchObject({ dirtyRatio: 0, roundCount: 1 })
    expect(cleaner.jobs.slice(1)).toMatchObject([
      { folder: half.rig.log.folder.path, firstDirtyOffset: 3 },
    ])
  })

  test('leaves a log alone that is damaged, and says so; others go on', async () => {
    const cleaner = new ManualCleaner()
    const [damaged, good] = [new CompactedPartition(2), new CompactedPartition(1)]
    const { cleaning, uncleanable } = rigOf(cleaner, damaged, good)
    cleaning.lookAgain()
    await cleaner.end({ fault: DAMAGED })
    expect(uncleanable).toEqual(['the log is damaged'])
    expect(damaged.compaction.metrics.isUncleanable).toBe(true)
    expect(cleaner.jobs[1]!.folder).toBe(good.rig.log.folder.path)
    await cleaner.end({ result: { cleanedUpTo: 3, stats: NO_STATS } })
    cleaning.lookAgain()
    expect(cleaner.jobs).toHaveLength(2)
  })

  test('waits where the disk is full, and tries again', async () => {
    const cleaner = new ManualCleaner()
    const { cleaning, clock, uncleanable } = rigOf(cleaner, new CompactedPartition(1))
    cleaning.lookAgain()
    await cleaner.end({ fault: { message: 'no space', systemCode: 'ENOSPC' } })
    expect(cleaner.jobs).toHaveLength(1)
    await clock.advance(15_000)
    expect(cleaner.jobs).toHaveLength(2)
    expect(uncleanable).toEqual([])
  })

  test('is given up where a segment goes meanwhile', async () => {
    const cleaner = new ManualCleaner()
    const partition = new CompactedPartition(2)
    const { cleaning, uncleanable } = rigOf(cleaner, partition)
    cleaning.lookAgain()
    partition.rig.log.deleteBefore(3)
    cleaner.handOver({ baseOffset: 0, replaced: [0, 3], fileBytes: 0, largestTimestamp: -1 })
    expect(cleaner.abandoned).toBe(1)
    await cleaner.end({ fault: { message: 'no such file', systemCode: 'ENOENT' } })
    expect(uncleanable).toEqual([])
    expect(partition.records).toEqual([3, 4, 5])
    expect(cleaner.jobs.slice(1)).toMatchObject([{ firstDirtyOffset: 3 }])
  })

  test('is given up for a partition that is about to be closed: then nothing touches its files', async () => {
    const cleaner = new ManualCleaner()
    const partition = new CompactedPartition(2)
    const { cleaning, logs } = rigOf(cleaner, partition)
    cleaning.lookAgain()
    logs.length = 0
    let hasStopped = false
    const stopped = cleaning.stop(partition.compaction).then(() => (hasStopped = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect([cleaner.abandoned, hasStopped]).toEqual([1, false])
    cleaner.handOver({ baseOffset: 0, replaced: [0, 3], fileBytes: 0, largestTimestamp: -1 })
    await cleaner.end({ fault: { message: 'abandoned', systemCode: null } })
    await stopped
    expect(partition.written).toEqual([])
    expect(partition.records).toEqual([0, 1, 2, 3, 4, 5])
    await cleaning.close()
  })
})

describe('the cleaner', () => {
  test('compacts; the recovery point is written before a file goes (D-11)', async () => {
    const host = new CleanerHost(cleanerUrl(null))
    const partition = new CompactedPartition(3)
    const { cleaning } = rigOf(host, partition)
    cleaning.lookAgain()
    await expect.poll(() => partition.compaction.metrics.roundCount).toBe(1)
    expect(partition.records).toEqual([8])
    expect(partition.written).toEqual([
      ['recoveryPoint', 9],
      ['cleanerPoint', 9],
    ])
    expect(partition.leftovers).toEqual([])
    expect(partition.rig.leader.storage.fileSwaps).toBe(2)
    await cleaning.close()
    await host.close()
  })

  test('ends a round that is abandoned, and begins the next (INV-151)', async () => {
    const host = new CleanerHost(cleanerUrl(null))
    const partition = new CompactedPartition(2)
    const job = partition.compaction.jobFor(partition.compaction.findCleanable()!, 100)
    const abandoned = host.clean(job, () => undefined)
    host.abandon()
    expect(await abandoned).toMatchObject({ fault: { message: 'the round was abandoned' } })
    expect(partition.leftovers).toEqual([])
    const made: CleanedSegment[] = []
    expect(await host.clean(job, (segment) => made.push(segment))).toMatchObject({
      result: { cleanedUpTo: 6 },
    })
    expect(made).toMatchObject([{ baseOffset: 0, replaced: [0, 3] }])
    await host.close()
  })

  test('that dies ends its round; the next has another', async () => {
    const host = new CleanerHost(cleanerUrl(null))
    const partition = new CompactedPartition(1)
    const job = partition.compaction.jobFor(partition.compaction.findCleanable()!, 100)
    const died = host.clean(job, () => undefined)
    await host.close()
    expect(await died).toMatchObject({ fault: { systemCode: null } })
    expect(await host.clean(job, () => undefined)).toMatchObject({ result: { cleanedUpTo: 3 } })
    await host.close()
  })
})
