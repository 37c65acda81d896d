import { describe, expect, test } from 'vitest'
import { CrashLimit, type CrashedRecord } from '../src/pool/crash-limit.ts'

const RECORD: CrashedRecord = {
  topic: 'orders',
  partition: 0,
  offset: 0,
  attempt: 1,
  topicTag: 1,
}

/** The crashes of ten records, each alone in its thread; returns whether one was one too many. */
function crash(limit: CrashLimit, record: CrashedRecord): boolean {
  const offsets = Array.from({ length: 10 }, (_, offset) => offset)
  return offsets.some((offset) => limit.add([{ ...record, offset }], true))
}

describe('the limit of crashes', () => {
  test('counts none that brings a record nearer to its last attempt', () => {
    const limit = new CrashLimit()
    expect([1, 2, 3].map((attempt) => crash(limit, { ...RECORD, attempt }))).toEqual(
      Array(3).fill(false),
    )
  })

  test('counts those of a record whose attempts do not go up', () => {
    const limit = new CrashLimit()
    expect([crash(limit, RECORD), crash(limit, RECORD)]).toEqual([false, true])
  })

  test('knows the records of a topic from those of one that had its name before', () => {
    const limit = new CrashLimit()
    expect([1, 2, 3].map((topicTag) => crash(limit, { ...RECORD, topicTag }))).toEqual(
      Array(3).fill(false),
    )
  })
})
