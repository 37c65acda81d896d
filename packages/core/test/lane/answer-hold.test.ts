import { RinglogError } from '@ringlog/core'
import { LaneReader } from '@ringlog/core/internal'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ANSWERS_HELD_WORD,
  ANSWER_COUNT_WORD,
  WORKER_STATE_WORD,
} from '../../src/lane/lane-layout.ts'
import { DEADLINE, openLane, patternBytes, readAnswers, type LaneRig } from './lane-rig.ts'

/** The frame numbers wrap in the middle of each test. */
const LAST_COUNT = 0x7fff_ffff

function hand({ writer }: LaneRig, batches: number): void {
  for (let i = 0; i < batches; i++) {
    expect(writer.tryWrite(patternBytes(i, 8), 8, DEADLINE)).toBe(true)
  }
}

function answer({ reader }: Pick<LaneRig, 'reader'>, baseOffset: number): void {
  reader.peek()
  reader.acknowledge(baseOffset, -1)
}

const offsetsRead = ({ writer }: LaneRig): number[] =>
  readAnswers(writer).map(({ baseOffset }) => baseOffset)

describe.each([0, LAST_COUNT])('answers that are held back, from %i on', (count) => {
  test('are given, and the producer sees as many as are shown', () => {
    const lane = openLane(1024, 8, count)
    const { reader, writer } = lane
    hand(lane, 4)
    answer(lane, 0)
    reader.heldAnswers.byFaults.begin(reader.answeredCount)
    answer(lane, 1)
    const first = reader.answeredCount
    answer(lane, 2)
    answer(lane, 3)
    expect(new Int32Array(lane.memory)[ANSWER_COUNT_WORD]).toBe((count + 4) | 0)
    expect(offsetsRead(lane)).toEqual([0])
    expect(writer.hasAnswer).toBe(false)
    expect(writer.unansweredCount).toBe(3)
    reader.heldAnswers.byFaults.show(first)
    expect(writer.hasAnswer).toBe(true)
    expect(offsetsRead(lane)).toEqual([1])
    reader.heldAnswers.byFaults.show((first - 1) | 0) // what is shown stays so
    expect(writer.hasAnswer).toBe(false)
    reader.heldAnswers.byFaults.end()
    expect(offsetsRead(lane)).toEqual([2, 3])
  })

  test('are shown when the lane closes: what is unanswered then is not in the log', () => {
    const lane = openLane(1024, 8, count)
    hand(lane, 3)
    lane.reader.heldAnswers.byFaults.begin(lane.reader.answeredCount)
    answer(lane, 0)
    answer(lane, 1)
    expect(offsetsRead(lane)).toEqual([])
    lane.reader.close(new RinglogError('BROKER_CLOSED'))
    expect(offsetsRead(lane)).toEqual([0, 1])
    expect(lane.writer.closedError).toMatchObject({ code: 'BROKER_CLOSED' })
    expect(lane.writer.hasLostAnswers).toBe(false)
  })

  test('are shown by a successor', () => {
    const lane = openLane(1024, 8, count)
    hand(lane, 2)
    lane.reader.heldAnswers.byFaults.begin(lane.reader.answeredCount)
    answer(lane, 0)
    const successor = new LaneReader(lane.memory)
    expect(offsetsRead(lane)).toEqual([0])
    answer({ reader: successor }, 1)
    expect(offsetsRead(lane)).toEqual([1])
  })

  /** The producer looks right before each store of the worker's, and after the last (INV-90). */
  test('never show more than they should, nor fewer than were read, wherever the producer looks', () => {
    for (const isLapped of [false, true]) {
      const lane = openLane(1024, 8, count)
      const { reader } = lane
      if (isLapped) {
        // An earlier hold, whose count lies behind now.
        reader.heldAnswers.byFaults.begin(reader.answeredCount)
        reader.heldAnswers.byFaults.end()
        hand(lane, 2)
        answer(lane, 7)
        answer(lane, 8)
        readAnswers(lane.writer)
      }
      hand(lane, 3)
      const seen: number[] = []
      const look = (): void => void seen.push(...offsetsRead(lane))
      const { store } = Atomics
      const looking = (words: Int32Array, word: number, value: number): number => {
        look()
        return store(words, word, value)
      }
      Object.assign(Atomics, { store: looking })
      onTestFinished(() => void Object.assign(Atomics, { store }))
      reader.heldAnswers.byFaults.begin(reader.answeredCount)
      answer(lane, 0)
      answer(lane, 1)
      look()
      expect(seen).toEqual([])
      reader.heldAnswers.byFaults.show((reader.answeredCount - 1) | 0)
      look()
      expect(seen).toEqual([0])
      reader.close(new RinglogError('BROKER_CLOSED'))
      look()
      Object.assign(Atomics, { store })
      expect(seen).toEqual([0, 1])
      expect(lane.writer.closedError).toMatchObject({ code: 'BROKER_CLOSED' })
      expect(new Int32Array(lane.memory)[WORKER_STATE_WORD]).not.toBe(0)
    }
  })
})

test('a hold whose count is not there yet shows nothing, and damages nothing', () => {
  // The producer sees ANSWERS_HELD of this hold and SHOWN_COUNT of the one before: see INV-90.
  const lane = openLane(1024, 8)
  hand(lane, 3)
  answer(lane, 0)
  answer(lane, 1)
  expect(offsetsRead(lane)).toEqual([0, 1])
  answer(lane, 2)
  new Int32Array(lane.memory)[ANSWERS_HELD_WORD] = 1
  expect(offsetsRead(lane)).toEqual([])
  expect(lane.writer.closedError).toBeNull()
})
