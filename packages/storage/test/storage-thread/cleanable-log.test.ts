import { describe, expect, test } from 'vitest'
import type { SegmentInfo } from '../../src/segment/segment.ts'
import {
  findCleanable,
  type CompactionConfig,
  type LogToCompact,
} from '../../src/storage-thread/cleanable-log.ts'

const NOW_MS = 10_000
const CONFIG: CompactionConfig = {
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: null,
}

/** Three segments of 10 records and 100 bytes, and one that is appended to. */
function segments(timestamps = [1_000, 2_000, 3_000, 4_000]): SegmentInfo[] {
  return timestamps.map((largestTimestamp, index) => ({
    baseOffset: 10 * index,
    endOffset: 10 * index + 10,
    fileBytes: 100,
    largestTimestamp,
  }))
}

function found(
  log: Partial<LogToCompact> = {},
  config: Partial<CompactionConfig> = {},
): { bases: number[]; dirtyRatio: number; isDue: boolean; firstDirtyOffset: number } | null {
  const looked: LogToCompact = {
    segments: segments(),
    logStartOffset: 0,
    cleanerPoint: 0,
    safeUpTo: 40,
    firstTimestampOf: (baseOffset) => 1_000 + 100 * baseOffset,
    ...log,
  }
  const cleanable = findCleanable(looked, { ...CONFIG, ...config }, NOW_MS)
  if (cleanable === null) return null
  const { segments: all, ...rest } = cleanable
  return { bases: all.map(({ baseOffset }) => baseOffset), ...rest }
}

describe('what of a log can be compacted', () => {
  test('is all but the segment that is appended to', () => {
    expect(found()).toEqual({ bases: [0, 10, 20], dirtyRatio: 1, isDue: true, firstDirtyOffset: 0 })
    expect(found({ segments: segments().slice(0, 1) })).toBeNull()
  })

  test('ends before what is not acknowledged and synced (D-13)', () => {
    expect(found({ safeUpTo: 29 })).toMatchObject({ bases: [0, 10] })
    expect(found({ safeUpTo: 9 })).toBeNull()
  })

  test('ends before the first segment with a record that is too young, compacted ones aside', () => {
    expect(found({}, { minCompactionLagMs: 7_500 })).toMatchObject({ bases: [0, 10] })
    const turned = segments([9_000, 2_000, 3_000, 4_000])
    expect(found({ segments: turned }, { minCompactionLagMs: 7_500 })).toBeNull()
    expect(
      found({ segments: turned, cleanerPoint: 10 }, { minCompactionLagMs: 7_500 }),
    ).toMatchObject({
      bases: [0, 10],
    })
  })

  test('is due once more of it than the ratio is new', () => {
    expect(found({ cleanerPoint: 20 })).toMatchObject({ dirtyRatio: 1 / 3, isDue: false })
    expect(found({ cleanerPoint: 10 })).toMatchObject({ dirtyRatio: 2 / 3, isDue: true })
    expect(found({ cleanerPoint: 30 })).toBeNull()
    expect(found({ cleanerPoint: 5, logStartOffset: 20 })).toMatchObject({ firstDirtyOffset: 20 })
  })

  test('is due in time, however little it is', () => {
    const late = { maxCompactionLagMs: 6_999 }
    expect(found({ cleanerPoint: 20 }, late)).toMatchObject({ isDue: true })
    expect(found({ cleanerPoint: 20 }, { maxCompactionLagMs: 7_000 })).toMatchObject({
      isDue: false,
    })
    expect(found({ cleanerPoint: 20, firstTimestampOf: () => -1 }, late)).toMatchObject({
      isDue: false,
    })
  })
})
