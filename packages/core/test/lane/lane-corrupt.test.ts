import {
  ANSWER_APPENDED,
  LANE_BATCH,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneAnswer,
  LaneReader,
} from '@ringlog/core/internal'
import { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { ERROR_DATA_BYTE } from '../../src/errors/error-section.ts'
import * as layout from '../../src/lane/lane-layout.ts'
import {
  DEADLINE,
  openLane,
  patternBytes,
  readAnswers,
  takeBytes,
  type LaneRig,
} from './lane-rig.ts'

/** The second frame's entry. */
const ENTRY_BYTE = layout.FRAMES_BYTE + layout.ENTRY_BYTES
const { answersByte, refusalByte, closingByte } = layout.laneSectionsOf(1024, 4)

type Damage = (memory: DataView) => void

const int32 =
  (byte: number, value: number): Damage =>
  (memory) =>
    memory.setInt32(byte, value, true)
const float64 =
  (byte: number, value: number): Damage =>
  (memory) =>
    memory.setFloat64(byte, value, true)

/** A lane of which the first frame is answered, and the second damaged. */
function damagedLane(damage: Damage): LaneRig {
  const rig = openLane(1024, 4)
  for (let i = 0; i < 3; i++) rig.writer.tryWrite(patternBytes(i, 100), 100, DEADLINE)
  expect(rig.reader.peek()).toBe(LANE_BATCH)
  rig.reader.acknowledge(0, -1)
  damage(new DataView(rig.memory))
  return rig
}

describe('a damaged lane', () => {
  test.each<[string, Damage, RegExp]>([
    ['no length', int32(ENTRY_BYTE + layout.FRAME_SIZE_BYTE, 0), /length.*sizeBytes=0/],
    ['a negative length', int32(ENTRY_BYTE + layout.FRAME_SIZE_BYTE, -8), /sizeBytes=-8/],
    [
      'a length over a quarter of the lane',
      int32(ENTRY_BYTE + layout.FRAME_SIZE_BYTE, 257),
      /length that cannot be: sizeBytes=257, maxBatchBytes=256/,
    ],
    [
      'a huge length',
      int32(ENTRY_BYTE + layout.FRAME_SIZE_BYTE, 0x7fff_ffff),
      /sizeBytes=2147483647/,
    ],
    ['a negative place', int32(ENTRY_BYTE + layout.FRAME_BYTE_INDEX_BYTE, -8), /place.*=-8/],
    ['a misaligned place', int32(ENTRY_BYTE + layout.FRAME_BYTE_INDEX_BYTE, 4), /byteIndex=4,/],
    [
      'a place past the end',
      int32(ENTRY_BYTE + layout.FRAME_BYTE_INDEX_BYTE, 1024 - 96),
      /place that cannot be: byteIndex=928, sizeBytes=100, laneBytes=1024/,
    ],
    ['another number', int32(ENTRY_BYTE + layout.FRAME_NUMBER_BYTE, 5), /number=5, expected=1/],
    [
      'a reset that nothing called for',
      int32(ENTRY_BYTE + layout.FRAME_RESETS_BYTE, 1),
      /resets=1, before=0, wasRefused=false/,
    ],
    [
      'a deadline that is no number',
      float64(ENTRY_BYTE + layout.FRAME_REQUEST_DEADLINE_BYTE, Number.NaN),
      /requestDeadlineMs=NaN/,
    ],
    [
      'a beginning of its wait that is no number',
      float64(ENTRY_BYTE + layout.FRAME_WAITING_SINCE_BYTE, Number.NaN),
      /waitingSinceMs=NaN/,
    ],
    [
      'a wait whose end is no number',
      (memory) => {
        float64(ENTRY_BYTE + layout.FRAME_WAITING_SINCE_BYTE, -Infinity)(memory)
        float64(ENTRY_BYTE + layout.FRAME_MAX_BLOCK_BYTE, Infinity)(memory)
      },
      /waitingSinceMs=-Infinity, maxBlockMs=Infinity/,
    ],
    [
      'a negative time to wait for room',
      float64(ENTRY_BYTE + layout.FRAME_MAX_BLOCK_BYTE, -1),
      /maxBlockMs=-1/,
    ],
  ])('with %s is closed, and both sides know it', (_, damage, message) => {
    const { memory, writer, reader } = damagedLane(damage)
    const corrupt = { code: 'CORRUPT_MESSAGE', message: expect.stringMatching(message) }
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(reader.closedError).toMatchObject(corrupt)
    expect(new LaneReader(memory).closedError).toMatchObject(corrupt)

    // What was answered stands, and nothing else was appended.
    expect(readAnswers(writer)).toMatchObject([{ outcome: ANSWER_APPENDED, baseOffset: 0 }])
    expect(writer.closedError).toMatchObject(corrupt)
    expect(writer.hasLostAnswers).toBe(false)
    expect(writer.unansweredCount).toBe(2)
    expect(writer.state).toBe('closed')
  })

  test('with damage behind a refused batch is closed without a loss of the refusal', () => {
    const { memory, writer, reader } = openLane()
    for (let i = 0; i < 2; i++) writer.tryWrite(patternBytes(i, 100), 100, DEADLINE)
    reader.peek()
    reader.refuse(new RinglogError('BUFFER_FULL', 'the first'))
    int32(ENTRY_BYTE + layout.FRAME_SIZE_BYTE, -1)(new DataView(memory))
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(readAnswers(writer)).toMatchObject([{ error: { message: 'the first' } }])
    expect(writer.closedError?.code).toBe('CORRUPT_MESSAGE')
  })

  test.each([2, 3, -1])('with resets that jump by %i after a refusal is closed', (jump) => {
    const { memory, writer, reader } = openLane()
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    reader.peek()
    reader.refuse(new RinglogError('BUFFER_FULL'))
    readAnswers(writer)
    writer.reset()
    writer.tryWrite(patternBytes(1, 8), 8, DEADLINE)
    int32(ENTRY_BYTE + layout.FRAME_RESETS_BYTE, jump)(new DataView(memory))
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(reader.closedError?.message).toContain(`resets=${jump}, before=0, wasRefused=true`)
  })

  test('with a producer state that cannot be is closed once it is empty', () => {
    const { reader } = damagedLane(int32(layout.PRODUCER_STATE_BYTE, 7))
    for (let i = 1; i < 3; i++) {
      expect(reader.peek()).toBe(LANE_BATCH)
      expect(takeBytes(reader)).toEqual(patternBytes(i, 100))
      reader.acknowledge(i, -1)
    }
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(reader.closedError).toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringMatching(/state=7/),
    })
  })

  test.each([6, 0, -1, 0x7fff_ffff])('with a frame count of %i is closed', (frameCount) => {
    const { memory, writer } = damagedLane(int32(layout.FRAME_COUNT_BYTE, frameCount))
    // A fresh reader: the other one knows of two frames already.
    const reader = new LaneReader(memory)
    expect(reader.peek()).toBe(LANE_CLOSED)
    expect(reader.closedError).toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: `lane has counts that cannot be: frames=${frameCount}, answers=1, slots=4; it is closed`,
    })
    readAnswers(writer)
    expect(writer.closedError?.code).toBe('CORRUPT_MESSAGE')
  })

  test.each<[string, Damage, RegExp]>([
    [
      'more answers than batches',
      int32(layout.ANSWER_COUNT_BYTE, 4),
      /answers=4, frames=3, read=0/,
    ],
    ['fewer answers than before', int32(layout.ANSWER_COUNT_BYTE, -1), /answers=-1/],
    ['an answer of no known kind', int32(answersByte + layout.ANSWER_OUTCOME_BYTE, 9), /outcome=9/],
    ['an answer to another batch', int32(answersByte + layout.ANSWER_FRAME_BYTE, 2), /frame=2/],
    [
      'an offset that is no number',
      float64(answersByte + layout.ANSWER_BASE_OFFSET_BYTE, NaN),
      /baseOffset=NaN/,
    ],
    [
      'an offset that is no integer',
      float64(answersByte + layout.ANSWER_BASE_OFFSET_BYTE, 0.5),
      /baseOffset=0.5/,
    ],
    [
      'a negative offset',
      float64(answersByte + layout.ANSWER_BASE_OFFSET_BYTE, -2),
      /baseOffset=-2/,
    ],
    [
      'a time that cannot be',
      float64(answersByte + layout.ANSWER_APPEND_TIME_BYTE, -Infinity),
      /logAppendTimeMs=-Infinity/,
    ],
  ])(
    'with %s is given up by the producer, who is told that answers are lost',
    (_, damage, message) => {
      const { writer } = damagedLane(damage)
      const answer = new LaneAnswer()
      expect(writer.readAnswer(answer)).toBe(false)
      expect(writer.readAnswer(answer)).toBe(false)
      expect(writer.state).toBe('closed')
      expect(writer.hasLostAnswers).toBe(true)
      expect(writer.closedError).toMatchObject({
        code: 'CORRUPT_MESSAGE',
        message: expect.stringMatching(message),
      })
      expect(writer.closedError?.message).toContain('which of its 3 unanswered batches')
      expect(writer.tryWrite(patternBytes(1, 8), 8, DEADLINE)).toBe(false)
    },
  )

  test('with a worker state that cannot be is given up by the producer', () => {
    const { writer } = damagedLane(int32(layout.WORKER_STATE_BYTE, 4321))
    expect(readAnswers(writer)).toHaveLength(1)
    expect(writer.hasLostAnswers).toBe(true)
    expect(writer.closedError?.message).toContain('state=4321')
  })

  test.each<[string, Damage]>([
    ['no length', int32(refusalByte, 0)],
    ['a length over its section', int32(refusalByte, 2041)],
    ['bytes that are no error', int32(refusalByte + ERROR_DATA_BYTE, -1)],
    ['an error of another code', int32(answersByte + layout.ANSWER_ERROR_NUMBER_BYTE, 7)],
  ])(
    'whose refusal has %s still says that the batch was refused, and by which code',
    (_, damage) => {
      const { memory, writer, reader } = openLane()
      writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
      reader.peek()
      reader.refuse(new RinglogError('MESSAGE_TOO_LARGE', 'much too large'))
      damage(new DataView(memory))
      const [{ error } = { error: null }] = readAnswers(writer)
      expect(['MESSAGE_TOO_LARGE', 'REQUEST_TIMED_OUT']).toContain(error?.code)
      expect(error?.message).toBe(new RinglogError(error!.code).message)
      expect(writer.state).toBe('refused')
    },
  )

  test('whose closing error is damaged still says by which code', () => {
    const { memory, writer, reader } = openLane()
    reader.close(new RinglogError('BROKER_CLOSED', 'with a text'))
    int32(closingByte, -5)(new DataView(memory))
    expect(readAnswers(writer)).toEqual([])
    expect(writer.closedError).toMatchObject({
      code: 'BROKER_CLOSED',
      message: expect.stringMatching(/^the broker/),
    })
  })

  test('is the only one: others of the same worker go on', () => {
    const { reader } = damagedLane(int32(ENTRY_BYTE + layout.FRAME_SIZE_BYTE, -1))
    const other = openLane()
    expect(reader.peek()).toBe(LANE_CLOSED)
    other.writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    expect(other.reader.peek()).toBe(LANE_BATCH)
    other.reader.acknowledge(0, -1)
    expect(other.reader.peek()).toBe(LANE_EMPTY)
  })
})
