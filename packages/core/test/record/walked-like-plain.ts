import { RecordBatchCursor, RecordBatchValidator, RinglogError } from '@ringlog/core'
import { seededRandom } from '@ringlog/test-kit'
import { expect } from 'vitest'
import { countAlike } from '../../src/record/alike-records.ts'
import { areHeadersValid } from '../../src/record/record-headers.ts'
import { int, mutated, pick, randomBatch, startsOf } from './mutated-batches.ts'
import { MalformedRecord, PlainCursor } from './plain-cursor.ts'

/** What is wrong with the records of a batch whose header is good; and the largest timestamp of a good one. */
interface Finding {
  fault: string | null
  maxTimestamp: number
}

/** Says it of a batch by looking at every record, number by number. */
function plainFinding(batch: Uint8Array): Finding {
  const cursor = new PlainCursor(batch)
  const { baseOffset, baseTimestamp, count } = cursor
  let maxTimestamp = -1
  try {
    for (let index = 0; index < count; index++) {
      cursor.next()
      const { offset, timestamp } = cursor
      if (
        offset !== baseOffset + index ||
        !Number.isSafeInteger(timestamp) ||
        timestamp < -1 ||
        Math.abs(timestamp - baseTimestamp) > Number.MAX_SAFE_INTEGER ||
        !areHeadersValid(batch, cursor.headersStart, cursor.recordEnd)
      ) {
        return { fault: `has a malformed record: recordIndex=${index}`, maxTimestamp }
      }
      maxTimestamp = Math.max(maxTimestamp, timestamp)
    }
  } catch (error) {
    if (!(error instanceof MalformedRecord)) throw error
    const place = `baseOffset=${baseOffset}, recordIndex=${cursor.index}`
    return { fault: `has a record whose lengths do not fit: ${place}`, maxTimestamp }
  }
  const restBytes = batch.length - cursor.at
  const fault = restBytes === 0 ? null : `has bytes after its last record: restBytes=${restBytes}`
  return { fault, maxTimestamp }
}

const validator = new RecordBatchValidator()

/** Returns whether the batch is good. */
function expectSameFinding(batch: Uint8Array, what: string): boolean {
  const plain = plainFinding(batch)
  const fault = validator.findFault(batch)
  if (fault !== plain.fault) expect(fault, what).toBe(plain.fault)
  if (fault === null && validator.maxTimestamp !== plain.maxTimestamp) {
    expect(validator.maxTimestamp, what).toBe(plain.maxTimestamp)
  }
  return fault === null
}

function expectSameRecord(cursor: RecordBatchCursor, plain: PlainCursor, what: string): void {
  const isSame =
    cursor.offset === plain.offset &&
    cursor.timestamp === plain.timestamp &&
    cursor.keyStart === plain.keyStart &&
    cursor.keyLength === plain.keyLength &&
    cursor.valueStart === plain.valueStart &&
    cursor.valueLength === plain.valueLength &&
    cursor.headersStart === plain.headersStart &&
    cursor.recordEnd === plain.recordEnd &&
    cursor.nextStart === plain.at &&
    cursor.nextIndex === plain.index
  if (!isSame)
    expect({ ...cursor, offset: cursor.offset }, what).toEqual({ ...plain, offset: plain.offset })
}

/** Whether there is a next record; `null`: one that is malformed. */
function moved(next: () => boolean): boolean | null {
  try {
    return next()
  } catch (error) {
    if (error instanceof MalformedRecord || RinglogError.is(error, 'CORRUPT_MESSAGE')) return null
    throw error
  }
}

const cursor = new RecordBatchCursor()

/** Walks both to the end, or to what is malformed; the cursor is opened anew, or skips, now and then. */
function expectSameWalk(
  bytes: Uint8Array,
  byteIndex: number,
  random: () => number,
  what: string,
): void {
  const restless = pick(random, [0, 0, 0.01, 0.1])
  const plain = new PlainCursor(bytes, byteIndex)
  let stopAt = Infinity
  cursor.open(bytes, byteIndex)
  for (;;) {
    const isRestless = restless > 0 && random() < restless
    if (isRestless && random() < 0.5) {
      const maxCount = random() < 0.5 ? int(random, 100) : Infinity
      stopAt = plain.index + maxCount
      cursor.open(bytes, byteIndex, plain.index, plain.at, maxCount)
    }
    if (cursor.nextIndex >= stopAt) {
      expect(cursor.next(), what).toBe(false)
      return
    }
    const isThere = moved(() => plain.next())
    const isSkipped = isRestless && isThere === true && random() < 0.5
    const isAlsoThere = moved(() => (isSkipped ? cursor.skip() : cursor.next()))
    if (isThere !== isAlsoThere) expect(isAlsoThere, what).toBe(isThere)
    if (isThere !== true) return
    if (!isSkipped) expectSameRecord(cursor, plain, what)
    // What a user writes to the fields does not become part of the next record.
    if (restless > 0) {
      cursor.keyStart = cursor.keyLength = cursor.valueStart = cursor.valueLength = -7
      cursor.headersStart = cursor.recordEnd = -7
    }
  }
}

/** Of each record, which it says are like it: they have the same parts at the same places. */
function expectAlikeToBe(
  bytes: Uint8Array,
  byteIndex: number,
  random: () => number,
  what: string,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const plain = new PlainCursor(bytes, byteIndex)
  const { batchEnd, count } = plain
  const starts: number[] = []
  const shapes: string[] = []
  for (let start = plain.at; moved(() => plain.next()) === true; start = plain.at) {
    starts.push(start)
    const { timestampDelta, keyStart, keyLength, valueStart, valueLength, headersStart } = plain
    const places = [
      keyStart - start,
      keyLength,
      valueStart - start,
      valueLength,
      headersStart - start,
    ]
    const isNumbered = plain.offsetDelta === plain.index - 1
    shapes.push([plain.recordEnd - start, timestampDelta, isNumbered, ...places].join())
  }
  starts.push(plain.at)
  for (let index = 0; index < shapes.length; index++) {
    if (index > 300 && random() > 0.01) continue
    const maxCount = Math.min(count - index - 1, random() < 0.5 ? Infinity : int(random, 5))
    const alike = countAlike(view, starts[index]!, starts[index + 1]!, index, maxCount, batchEnd)
    if (alike > maxCount) expect(alike, what).toBeLessThanOrEqual(maxCount)
    for (let other = index + 1; other <= index + alike; other++) {
      if (shapes[other] !== shapes[index]) expect(shapes[other], what).toBe(shapes[index])
    }
  }
}

/** Counts of the batches that were found good, and of those that were not. */
export interface Counts {
  good: number
  malformed: number
}

/**
 * Holds cursor and validator to what is found record by record, number by number: in batches of
 * all kinds, and after each was changed so many times.
 */
export function expectSameAsPlain(seed: number, batches: number, mutationsOfEach: number): Counts {
  const random = seededRandom(seed)
  const counts = { good: 0, malformed: 0 }
  for (let number = 0; number < batches; number++) {
    const batch = randomBatch(random)
    const starts = startsOf(batch)
    const what = `seed ${seed}, batch ${number}`
    expectSameFinding(batch, what)
    expectSameWalk(batch, 0, random, what)
    expectAlikeToBe(batch, 0, random, what)
    for (let mutation = 0; mutation < mutationsOfEach; mutation++) {
      const bytes = mutated(batch, starts, random)
      const which = `${what}, mutation ${mutation}`
      counts[expectSameFinding(bytes, which) ? 'good' : 'malformed']++
      // Records of the same kind lie before it and behind it: not one of them is its own.
      const isBetween = random() < 0.5
      const walked = isBetween ? Buffer.concat([batch, bytes, batch.subarray(61)]) : bytes
      const byteIndex = isBetween ? batch.length : 0
      expectSameWalk(walked, byteIndex, random, which)
      expectAlikeToBe(walked, byteIndex, random, which)
    }
  }
  return counts
}
