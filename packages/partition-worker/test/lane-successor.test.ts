import { RinglogError, RingLogWriter } from '@ringlog/core'
import {
  Doorbell,
  LANE_BATCH,
  LANE_BATCH_BEHIND_REFUSED,
  LaneReader,
  LaneWriter,
  createLaneMemory,
} from '@ringlog/core/internal'
import { expect, onTestFinished, test } from 'vitest'
import { LaneService } from '../src/lane-service.ts'
import { Rig, batchOf, clockAt, deadline } from './rig.ts'

const LANES = 2
const BATCHES = 6
const SLOTS = 32
/** Of a lane: see the layout in core, whose tests hold it there. */
const ANSWER_COUNT_WORD = 256 / 4
const ANSWERS_BYTE = 512 + SLOTS * 64
const OUTCOME_BYTE = 4
const BASE_OFFSET_BYTE = 16
const APPEND_TIME_BYTE = 24
const APPENDED = 1

/** The memory of a partition whose worker has ended: its ring and its lanes. */
interface Remains {
  ring: SharedArrayBuffer
  lanes: SharedArrayBuffer[]
}

interface Answer {
  outcome: number
  baseOffset: number
  appendTime: number
}

/** Some that wait for room, one that comes twice, and one that is refused, with another behind it. */
function batchesOf(lane: number): Uint8Array[] {
  const numbered = batchOf(['a'], { producerId: lane, producerEpoch: 0, baseSequence: 0 })
  return [
    batchOf(['x'.repeat(1000)]),
    numbered,
    numbered,
    batchOf(['b'.repeat(2000)]),
    batchOf(['damaged']).with(16, 9),
    batchOf(['behind']),
  ]
}
/** Which answer is to a batch that was in the log already. */
const DUPLICATE = 2

/** What was answered in a lane, in order. */
function answersIn(memory: SharedArrayBuffer): Answer[] {
  const count = new Int32Array(memory)[ANSWER_COUNT_WORD]!
  const view = new DataView(memory, ANSWERS_BYTE)
  return Array.from({ length: count }, (_, i) => ({
    outcome: view.getInt32(i * 64 + OUTCOME_BYTE, true),
    baseOffset: view.getFloat64(i * 64 + BASE_OFFSET_BYTE, true),
    appendTime: view.getFloat64(i * 64 + APPEND_TIME_BYTE, true),
  }))
}

/** Keeps a copy of the memory as it is before each atomic store, and after the last. */
function copyAtEachStore({ ring, lanes }: Remains): () => Remains[] {
  const copies: Remains[] = []
  const copy = (): void => {
    copies.push({ ring: ring.slice(0), lanes: lanes.map((lane) => lane.slice(0)) })
  }
  const memories = new Set<ArrayBufferLike>([ring, ...lanes])
  const { store } = Atomics
  const copying = (words: Int32Array, word: number, value: number): number => {
    if (memories.has(words.buffer)) copy()
    return store(words, word, value)
  }
  Object.assign(Atomics, { store: copying })
  onTestFinished(() => void Object.assign(Atomics, { store }))
  return () => {
    Object.assign(Atomics, { store })
    copy()
    return copies
  }
}

/**
 * The order in which a partition worker notes, publishes and answers, and what it notes, are its own: the
 * tests of the lane in core use a worker of their own.
 */
test('a worker leaves its lanes such that a successor knows of each batch whether it is in the log', async () => {
  let appends = 0
  const rig = new Rig({
    timestampType: 'logAppendTime',
    clock: clockAt(() => 5_000 + 10 * appends++),
  })
  const { doorbell } = rig
  const gate = rig.gate(0)
  const filled = await rig.fill()
  const service = new LaneService({
    log: rig.log,
    doorbell,
    waitStrategy: 'park',
  })
  onTestFinished(() => service.close(new RinglogError('BROKER_CLOSED')))
  const lanes = Array.from({ length: LANES }, () => createLaneMemory(32 * 1024, SLOTS))
  const writers = lanes.map((memory) => new LaneWriter(memory))
  for (const [lane, memory] of lanes.entries()) {
    service.open({
      laneId: `lane ${lane}`,
      memory,
      producerDoorbell: new Doorbell().memory,
      acks: 'all',
    })
  }

  const timeBefore = appends
  const copiesSoFar = copyAtEachStore({ ring: rig.memory, lanes })
  for (const [lane, writer] of writers.entries()) {
    for (const batch of batchesOf(lane)) {
      expect(writer.tryWrite(batch, batch.length, deadline())).toBe(true)
    }
  }
  doorbell.ring()
  for (let released = 0; writers.some((_, lane) => answersIn(lanes[lane]!).length < BATCHES);) {
    await new Promise((resolve) => setImmediate(resolve))
    gate.release(++released)
  }
  const copies = copiesSoFar()
  expect(copies.length).toBeGreaterThan(30)

  for (const [step, { ring, lanes: remains }] of copies.entries()) {
    const log = new RingLogWriter(ring)
    const readers = remains.map((memory) => new LaneReader(memory))
    for (const reader of readers) reader.recover(log.endPosition)
    const offsets: number[] = []
    for (const memory of remains) {
      const answers = answersIn(memory)
      const appended = answers.filter(({ outcome }) => outcome === APPENDED)
      for (const [i, { baseOffset, appendTime }] of appended.entries()) {
        if (i === DUPLICATE) expect(baseOffset).toBe(appended[i - 1]!.baseOffset)
        else offsets.push(baseOffset)
        expect([step, appendTime]).toEqual([step, 5_000 + 10 * (timeBefore + baseOffset - filled)])
      }
    }
    // Each offset of the log was answered, once, and nothing else was.
    offsets.sort((a, b) => a - b)
    const expected = Array.from({ length: log.endOffset - filled }, (_, i) => filled + i)
    expect([step, offsets]).toEqual([step, expected])
    for (const reader of readers) {
      const status = reader.peek()
      if (status === LANE_BATCH || status === LANE_BATCH_BEHIND_REFUSED) continue
      expect(answersIn(remains[readers.indexOf(reader)]!).length % BATCHES).toBe(0)
    }
  }
})
