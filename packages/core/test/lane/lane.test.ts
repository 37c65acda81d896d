import { RinglogError } from '@ringlog/core'
import {
  ANSWER_APPENDED,
  ANSWER_BEHIND_REFUSED,
  ANSWER_REFUSED,
  LANE_BATCH,
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneAnswer,
  LaneReader,
} from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { DEADLINE, openLane, patternBytes, readAnswers, takeBytes } from './lane-rig.ts'

const APPENDED = { outcome: ANSWER_APPENDED, error: null }
const BEHIND = { outcome: ANSWER_BEHIND_REFUSED, baseOffset: -1, logAppendTimeMs: -1, error: null }

const deadline = (i: number) => ({
  requestDeadlineMs: 0.5 + i,
  waitingSinceMs: 0.25 + i,
  maxBlockMs: 1000 * i,
})

describe('a lane', () => {
  test('hands batches over in order, each with its deadlines, and answers in the same order', () => {
    const { writer, reader } = openLane()
    expect(reader.peek()).toBe(LANE_EMPTY)
    for (let i = 1; i <= 3; i++) {
      expect(writer.tryWrite(patternBytes(i, 256), 10 * i, deadline(i))).toBe(true)
    }
    expect(writer.unansweredCount).toBe(3)
    for (let i = 1; i <= 3; i++) {
      expect(reader.peek()).toBe(LANE_BATCH)
      expect(reader.peek()).toBe(LANE_BATCH) // and again, until it is answered
      const { sizeBytes, requestDeadlineMs, waitingSinceMs, maxBlockMs } = reader.frame
      const read = { sizeBytes, requestDeadlineMs, waitingSinceMs, maxBlockMs }
      expect(read).toEqual({ sizeBytes: 10 * i, ...deadline(i) })
      expect(takeBytes(reader)).toEqual(patternBytes(i, 10 * i))
      reader.acknowledge(2 ** 52 + i, 1.7e12 + i)
    }
    expect(reader.peek()).toBe(LANE_EMPTY)
    expect(readAnswers(writer)).toEqual(
      [1, 2, 3].map((i) => ({ ...APPENDED, baseOffset: 2 ** 52 + i, logAppendTimeMs: 1.7e12 + i })),
    )
    expect(writer.unansweredCount).toBe(0)
  })

  test('takes no more than it has room for, and gives the room back with the answer', () => {
    const { writer, reader } = openLane(1024, 16)
    const batch = patternBytes(1, 256)
    expect(writer.maxBatchBytes).toBe(256)
    // Four of a quarter fill it exactly: nothing in the data section but batches.
    for (let i = 0; i < 4; i++) expect(writer.tryWrite(batch, 256, DEADLINE)).toBe(true)
    expect(writer.tryWrite(batch, 1, DEADLINE)).toBe(false)
    reader.peek()
    reader.acknowledge(0, -1)
    // Answered, but the answer was not read.
    expect(writer.tryWrite(batch, 1, DEADLINE)).toBe(false)
    expect(readAnswers(writer)).toHaveLength(1)
    expect(writer.tryWrite(batch, 256, DEADLINE)).toBe(true)
    expect(writer.tryWrite(batch, 1, DEADLINE)).toBe(false)
  })

  test('takes no more batches than it has slots, so that every answer has room', () => {
    const { writer, reader } = openLane(1024, 2)
    const batch = patternBytes(1, 8)
    expect(writer.tryWrite(batch, 8, DEADLINE)).toBe(true)
    expect(writer.tryWrite(batch, 8, DEADLINE)).toBe(true)
    expect(writer.tryWrite(batch, 8, DEADLINE)).toBe(false)
    reader.peek()
    reader.acknowledge(7, -1)
    reader.peek()
    reader.acknowledge(8, -1)
    expect(writer.tryWrite(batch, 8, DEADLINE)).toBe(false)
    expect(readAnswers(writer).map(({ baseOffset }) => baseOffset)).toEqual([7, 8])
    expect(writer.tryWrite(batch, 8, DEADLINE)).toBe(true)
  })

  test('goes round many times, and its counts round 32 bits', () => {
    for (const count of [0, 2 ** 31 - 20, -20]) {
      const { writer, reader } = openLane(1024, 4, count)
      for (let serial = 0; serial < 500; serial++) {
        const size = 1 + ((serial * 37) % 256)
        expect(writer.tryWrite(patternBytes(serial, size), size, DEADLINE)).toBe(true)
        expect(reader.peek()).toBe(LANE_BATCH)
        expect(takeBytes(reader)).toEqual(patternBytes(serial, size))
        reader.acknowledge(serial, -1)
        expect(readAnswers(writer)).toEqual([
          { ...APPENDED, baseOffset: serial, logAppendTimeMs: -1 },
        ])
      }
    }
  })

  test('goes beyond 2^32 bytes', () => {
    const laneBytes = 4 * 1024 * 1024
    const { writer, reader } = openLane(laneBytes, 8)
    const batch = new Uint8Array(laneBytes / 4)
    const answer = new LaneAnswer()
    let serial = 0
    const goOn = (size: number): void => {
      batch.fill(serial & 0xff, 0, 8)
      batch.fill(serial & 0xff, size - 8, size)
      expect(writer.tryWrite(batch, size, DEADLINE)).toBe(true)
      expect(reader.peek()).toBe(LANE_BATCH)
      if (serial % 64 === 0) {
        const taken = takeBytes(reader)
        expect([taken.length, taken[0], taken[size - 1]]).toEqual([
          size,
          serial & 0xff,
          serial & 0xff,
        ])
      }
      reader.acknowledge(serial, -1)
      expect(writer.readAnswer(answer)).toBe(true)
      expect(answer.baseOffset).toBe(serial++)
    }
    for (let bytes = 0; bytes < 2 ** 32 + 2 * laneBytes; bytes += batch.length) goOn(batch.length)
    for (let size = 8; size < 20_000; size += 328) goOn(size)
    // And it still holds as much as ever, and no more.
    let held = 0
    while (writer.tryWrite(batch, 64 * 1024, DEADLINE)) held++
    expect(held).toBe(8)
  })

  test('refuses, after a refusal, all that was written before the reset, and nothing after', () => {
    const { writer, reader } = openLane(1024, 8)
    for (let i = 0; i < 3; i++) writer.tryWrite(patternBytes(i, 8), 8, DEADLINE)
    reader.peek()
    const details = { topic: 'orders', partition: 3, waitedMs: Infinity }
    reader.refuse(new RinglogError('BUFFER_FULL', 'ring is full: partition=orders-3', { details }))
    expect(reader.peek()).toBe(LANE_BATCH_BEHIND_REFUSED)
    reader.skip()

    const [refusal, behind] = readAnswers(writer)
    expect(refusal).toMatchObject({ outcome: ANSWER_REFUSED, baseOffset: -1, logAppendTimeMs: -1 })
    expect(RinglogError.is(refusal!.error, 'BUFFER_FULL')).toBe(true)
    expect(refusal!.error!.message).toBe('ring is full: partition=orders-3')
    expect(refusal!.error!.details).toEqual(details)
    expect(behind).toEqual(BEHIND)
    expect(writer.state).toBe('refused')
    expect(writer.tryWrite(patternBytes(9, 8), 8, DEADLINE)).toBe(false)

    writer.reset()
    expect(writer.state).toBe('open')
    expect(writer.tryWrite(patternBytes(3, 8), 8, DEADLINE)).toBe(true)
    expect(reader.peek()).toBe(LANE_BATCH_BEHIND_REFUSED) // frame 2, from before the reset
    reader.skip()
    expect(reader.peek()).toBe(LANE_BATCH)
    expect(takeBytes(reader)).toEqual(patternBytes(3, 8))
    reader.acknowledge(0, -1)
    expect(readAnswers(writer).map(({ outcome }) => outcome)).toEqual([
      ANSWER_BEHIND_REFUSED,
      ANSWER_APPENDED,
    ])
  })

  test('can be refused and reset again and again', () => {
    const { writer, reader } = openLane()
    for (let i = 0; i < 50; i++) {
      expect(writer.tryWrite(patternBytes(i, 8), 8, DEADLINE)).toBe(true)
      expect(reader.peek()).toBe(LANE_BATCH)
      reader.refuse(new RinglogError('MESSAGE_TOO_LARGE', `number ${i}`))
      expect(readAnswers(writer)[0]!.error!.message).toBe(`number ${i}`)
      writer.reset()
    }
  })

  test('is reset only after a refusal', () => {
    const { writer, reader } = openLane()
    const refused = expect.objectContaining({
      code: 'INVALID_STATE',
      message: 'a lane that is open cannot be reset',
    })
    expect(() => writer.reset()).toThrow(refused)
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    reader.peek()
    reader.refuse(new RinglogError('BUFFER_FULL'))
    expect(() => writer.reset()).toThrow(refused) // the answer was not read
    readAnswers(writer)
    writer.reset()
    expect(() => writer.reset()).toThrow(refused)
  })

  test('that the producer closed is drained first', () => {
    const { writer, reader } = openLane()
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    writer.close()
    writer.close()
    expect(writer.state).toBe('closed')
    expect(writer.tryWrite(patternBytes(1, 8), 8, DEADLINE)).toBe(false)
    expect(() => writer.reset()).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }))
    expect(reader.peek()).toBe(LANE_BATCH)
    reader.acknowledge(0, -1)
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(reader.closedError).toBeNull()
    expect(readAnswers(writer)).toHaveLength(1)
    expect(writer.closedError).toBeNull()
    expect(writer.hasLostAnswers).toBe(false)
  })

  test('that the worker closed tells the producer why, and that what is unanswered is not in the log', () => {
    const { memory, writer, reader } = openLane()
    for (let i = 0; i < 3; i++) writer.tryWrite(patternBytes(i, 8), 8, DEADLINE)
    reader.peek()
    reader.acknowledge(5, -1)
    reader.peek()
    reader.close(new RinglogError('BROKER_CLOSED', 'the broker is closed', { details: { x: 1 } }))
    reader.close(new RinglogError('INVALID_STATE'))
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(() => reader.acknowledge(6, -1)).toThrow(/no batch that peek found/)
    expect(writer.state).toBe('open') // it was not looked at yet

    const answer = new LaneAnswer()
    expect(writer.readAnswer(answer)).toBe(true)
    expect(answer.baseOffset).toBe(5)
    expect(writer.hasAnswer).toBe(true) // that there will be none
    expect(writer.readAnswer(answer)).toBe(false)
    expect(writer.state).toBe('closed')
    expect(writer.closedError).toMatchObject({ code: 'BROKER_CLOSED', details: { x: 1 } })
    expect(writer.hasLostAnswers).toBe(false)
    expect(writer.unansweredCount).toBe(2)
    expect(writer.tryWrite(patternBytes(1, 8), 8, DEADLINE)).toBe(false)

    const successor = new LaneReader(memory)
    expect(successor.peek()).toBe(LANE_CLOSED)
    expect(successor.closedError).toMatchObject({ code: 'BROKER_CLOSED', details: { x: 1 } })
  })

  test.each([
    [0, 100],
    [-1, 100],
    [257, 1000],
    [101, 100],
    [Number.NaN, 100],
  ])('does not take a batch of %d bytes out of %d', (sizeBytes, memoryBytes) => {
    const { writer, reader } = openLane()
    expect(() => writer.tryWrite(new Uint8Array(memoryBytes), sizeBytes, DEADLINE)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message:
          'a lane takes batches of 1 to 256 bytes that lie within their memory, ' +
          `got sizeBytes=${sizeBytes}, memoryBytes=${memoryBytes}`,
      }),
    )
    expect(reader.peek()).toBe(LANE_EMPTY)
  })

  test('does not copy a batch where it does not fit', () => {
    const { writer, reader } = openLane()
    writer.tryWrite(patternBytes(0, 100), 100, DEADLINE)
    reader.peek()
    expect(() => reader.copyTo(new Uint8Array(120), 24)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('sizeBytes=100, targetByte=24'),
      }),
    )
    const target = new Uint8Array(124)
    reader.copyTo(target, 24)
    expect(target.subarray(24)).toEqual(patternBytes(0, 100))
    expect(target.subarray(0, 24)).toEqual(new Uint8Array(24))
  })

  test('lets nothing be answered twice, unseen, or as what it is not', () => {
    const { writer, reader } = openLane()
    const nothing = expect.objectContaining({ code: 'INVALID_STATE' })
    const answers = [
      () => reader.acknowledge(0, -1),
      () => reader.refuse(new RinglogError('BUFFER_FULL')),
      () => reader.notePending(8, 0, -1),
      () => reader.copyTo(new Uint8Array(8), 0),
      () => reader.skip(),
    ]
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    writer.tryWrite(patternBytes(1, 8), 8, DEADLINE)
    for (const answer of answers) expect(answer).toThrow(nothing)
    reader.peek()
    expect(() => reader.skip()).toThrow(/is not behind a refused one/)
    reader.refuse(new RinglogError('BUFFER_FULL'))
    for (const answer of answers) expect(answer).toThrow(nothing)
    reader.peek()
    for (const answer of answers.slice(0, 4)) expect(answer).toThrow(/is behind a refused one/)
    reader.skip()
    expect(readAnswers(writer)).toHaveLength(2)
  })
})
