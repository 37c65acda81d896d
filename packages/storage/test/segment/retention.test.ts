import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isSystemError } from '../../src/file-system/file-system.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { countExpired } from '../../src/segment/retention.ts'
import type { SegmentInfo } from '../../src/segment/segment.ts'
import type { SegmentedLogConfig } from '../../src/segment/segmented-log-config.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { batchAt, batchesFrom } from '../log-batches.ts'
import { offsetsOf, openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const BATCH_BYTES = batchAt({ baseOffset: 0 }).length
const ALL = Number.MAX_SAFE_INTEGER
const bases = (log: SegmentedLog): number[] => log.segments.map(({ baseOffset }) => baseOffset)

/** Segments of two batches: 0–1, 2–3, 4–5 and, active, 6; at 1000, 2000, 3000 and 4000 ms. */
function logOfFour(
  config: Partial<SegmentedLogConfig>,
  starts: number[] = [],
): { log: SegmentedLog; folder: string } {
  const dataDirectory = temporaryDirectory()
  const log = openLog({
    dataDirectory,
    config: { segmentBytes: 2 * BATCH_BYTES, ...config },
    onLogStart: (offset) => starts.push(offset),
  })
  for (let segment = 0; segment < 4; segment++) {
    const timestamp = 1_000 * (segment + 1)
    const bytes = batchesFrom(2 * segment, segment < 3 ? 2 : 1, { timestamp })
    log.append(bytes, bytes.length)
  }
  return { log, folder: join(dataDirectory, 'trades-0') }
}

function segmentOf(largestTimestamp: number, fileBytes: number, baseOffset: number): SegmentInfo {
  return { baseOffset, endOffset: baseOffset + 10, fileBytes, largestTimestamp }
}

describe('retention', () => {
  it('by time: segments whose latest record is older, but for what is not acknowledged', () => {
    const { log } = logOfFour({ retentionMs: 500 })
    log.applyRetention(2_501, 0)
    expect(bases(log)).toEqual([0, 2, 4, 6])
    log.applyRetention(2_500, ALL)
    expect(bases(log)).toEqual([2, 4, 6])
    log.applyRetention(2_501, 3)
    expect(bases(log)).toEqual([2, 4, 6])
    log.applyRetention(2_501, 4)
    expect(bases(log)).toEqual([4, 6])
    expect(log.logStartOffset).toBe(4)
    expect(offsetsOf(log)).toEqual([4, 5, 6])
    log.close()
  })

  it('by time: all of it, after which an empty segment follows', () => {
    const { log } = logOfFour({ retentionMs: 500 })
    log.applyRetention(10_000, 6)
    expect(bases(log)).toEqual([6])
    log.applyRetention(10_000, 7)
    expect([log.logStartOffset, log.endOffset, log.sizeBytes]).toEqual([7, 7, 0])
    expect(bases(log)).toEqual([7])
    log.applyRetention(20_000, 7)
    const bytes = batchesFrom(7, 1)
    log.append(bytes, bytes.length)
    expect(offsetsOf(log)).toEqual([7])
    log.close()
  })

  it('by size: while the rest has as much', () => {
    const { log } = logOfFour({ retentionBytes: 3 * BATCH_BYTES })
    expect(log.sizeBytes).toBe(7 * BATCH_BYTES)
    log.applyRetention(0, ALL)
    expect(bases(log)).toEqual([4, 6])
    expect(log.sizeBytes).toBe(3 * BATCH_BYTES)
    log.close()
  })

  it('passes over a segment of which compaction has left nothing', () => {
    const segments = [
      segmentOf(-1, 0, 0),
      segmentOf(1_000, 100, 10),
      segmentOf(9_000, 100, 20),
      segmentOf(-1, 0, 30),
    ]
    const config = {
      segmentBytes: 1,
      segmentMs: 1,
      retentionMs: 500,
      retentionBytes: null,
      cleanupPolicy: ['compact', 'delete'],
      maxCompactionLagMs: null,
    } as const
    expect(countExpired(segments, config, 2_000, ALL)).toBe(2)
    // The one that is appended to stays.
    expect(countExpired(segments, config, 20_000, ALL)).toBe(3)
  })

  it('is none where a log is compacted alone', () => {
    const { log } = logOfFour({ retentionBytes: 1, retentionMs: 1, cleanupPolicy: ['compact'] })
    log.applyRetention(100_000, ALL)
    expect(bases(log)).toEqual([0, 2, 4, 6])
    log.close()
  })

  it('makes the start known before a file goes (D-7)', () => {
    const seen: string[] = []
    const dataDirectory = temporaryDirectory()
    const log = openLog({
      dataDirectory,
      config: { segmentBytes: 2 * BATCH_BYTES },
      onLogStart: (offset) => seen.push(`start ${offset}`),
      fileSystem: {
        ...nodeFileSystem,
        rename(from, to) {
          seen.push(`rename ${from.slice(-6)}`)
          nodeFileSystem.rename(from, to)
        },
        unlink(path) {
          seen.push(`unlink ${path.slice(-11)}`)
          nodeFileSystem.unlink(path)
        },
      },
    })
    const bytes = batchesFrom(0, 5)
    log.append(bytes, bytes.length)
    seen.length = 0
    log.deleteBefore(3)
    expect(seen.slice(0, 3)).toEqual(['start 3', 'rename 00.log', 'unlink log.deleted'])
    expect(seen.filter((each) => each.startsWith('start'))).toEqual(['start 3'])
    log.close()
  })

  it('where the start cannot be made known, deletes nothing', () => {
    const dataDirectory = temporaryDirectory()
    const log = openLog({
      dataDirectory,
      config: { segmentBytes: 2 * BATCH_BYTES },
      onLogStart: () => {
        throw new Error('no checkpoint')
      },
    })
    const bytes = batchesFrom(0, 5)
    log.append(bytes, bytes.length)
    expect(() => log.deleteBefore(3)).toThrow('no checkpoint')
    expect([log.logStartOffset, ...bases(log)]).toEqual([0, 0, 2, 4])
    log.close()
  })

  it('deleteBefore keeps the segment that the offset is in, and its files alone', () => {
    const starts: number[] = []
    const { log, folder } = logOfFour({}, starts)
    log.deleteBefore(5)
    log.deleteBefore(5)
    log.deleteBefore(1)
    expect([log.logStartOffset, ...bases(log)]).toEqual([5, 4, 6])
    expect(starts).toEqual([5])
    expect(() => log.deleteBefore(8)).toThrow(
      expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE' }),
    )
    log.deleteBefore(7)
    expect(bases(log)).toEqual([6])
    log.close()
    expect(readdirSync(folder).sort()).toEqual([
      '.no-sync-failed',
      '00000000000000000006.index',
      '00000000000000000006.log',
      '00000000000000000006.snapshot',
      '00000000000000000006.timeindex',
      '00000000000000000007.snapshot',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ])
  })

  it('finishes at the next start what was to be deleted', () => {
    const { log, folder } = logOfFour({})
    log.close()
    const next = openLog({
      dataDirectory: join(folder, '..'),
      isClean: true,
      logStartOffset: 5,
      recoveryPoint: 7,
    })
    expect([next.logStartOffset, ...bases(next)]).toEqual([5, 4, 6])
    expect(existsSync(join(folder, '00000000000000000002.log'))).toBe(false)
    next.close()
  })

  it('a deletion that the system refuses is thrown, and comes again with the next', () => {
    let isRefused = true
    const log = openLog({
      dataDirectory: temporaryDirectory(),
      config: { segmentBytes: 2 * BATCH_BYTES },
      fileSystem: {
        ...nodeFileSystem,
        unlink(path) {
          if (isRefused)
            throw Object.assign(new Error('busy'), { code: 'EBUSY', syscall: 'unlink' })
          nodeFileSystem.unlink(path)
        },
      },
    })
    const bytes = batchesFrom(0, 7)
    log.append(bytes, bytes.length)
    let thrown: unknown
    try {
      log.deleteBefore(2)
    } catch (error) {
      thrown = error
    }
    expect(isSystemError(thrown, 'EBUSY')).toBe(true)
    isRefused = false
    log.deleteBefore(4)
    expect(bases(log)).toEqual([4, 6])
    log.close()
  })
})
