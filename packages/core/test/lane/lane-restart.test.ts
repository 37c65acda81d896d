import { RingLogWriter, RinglogError, createRingLogMemory } from '@ringlog/core'
import {
  ANSWER_APPENDED,
  ANSWER_REFUSED,
  LANE_BATCH,
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneAnswer,
  LaneReader,
  LaneWriter,
  createLaneMemory,
} from '@ringlog/core/internal'
import { Mortal, seededRandom } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { batchOf } from '../batches.ts'
import { valuesIn } from './values-in-ring.ts'
import { DEADLINE, openLane, patternBytes, readAnswers, takeBytes } from './lane-rig.ts'

const LANES = 2
const BATCHES_PER_LANE = 9
const MAX_DEATHS_IN_A_ROW = 3

/** Encoded once: a test sends them thousands of times. */
const batches = Array.from({ length: LANES }, (_, lane) =>
  Array.from({ length: BATCHES_PER_LANE }, (__, serial) =>
    batchOf([{ value: `${lane}:${serial}`.padEnd(serial * 9, '.') }]),
  ),
)

/** A producer of serial numbers; resets and goes on when one is refused. */
class SerialProducer {
  readonly #writer: LaneWriter
  readonly #lane: number
  /** What is to be sent, and what was sent and is unanswered, in order. */
  #due = Array.from({ length: BATCHES_PER_LANE }, (_, i) => i)
  #unanswered: number[] = []
  readonly appended = new Map<string, number>()
  readonly refused: string[] = []

  constructor(memory: SharedArrayBuffer, lane: number) {
    this.#writer = new LaneWriter(memory)
    this.#lane = lane
  }

  get isDone(): boolean {
    return this.#due.length + this.#unanswered.length === 0
  }

  turn(): void {
    const answer = new LaneAnswer()
    const again: number[] = []
    while (this.#writer.readAnswer(answer)) {
      const serial = this.#unanswered.shift()!
      const value = `${this.#lane}:${serial}`
      if (answer.outcome === ANSWER_APPENDED) {
        expect(this.appended.has(value)).toBe(false)
        this.appended.set(value, answer.baseOffset)
        expect(answer.logAppendTimeMs).toBe(1000 + answer.baseOffset)
      } else if (answer.outcome === ANSWER_REFUSED) {
        expect(answer.error?.message).toBe(`refused ${value}`)
        this.refused.push(value)
      } else again.push(serial)
    }
    // What was behind a refused batch is sent again, before anything new; some of it may be unanswered.
    this.#due.unshift(...again)
    if (this.#writer.state === 'refused' && this.#unanswered.length === 0) this.#writer.reset()
    while (this.#due.length > 0) {
      const serial = this.#due[0]!
      const batch = batches[this.#lane]![serial]!
      if (!this.#writer.tryWrite(batch, batch.length, DEADLINE)) return
      this.#unanswered.push(this.#due.shift()!)
    }
  }
}

function isRefused(value: string): boolean {
  return value === '0:3' || value === '0:4' || value === '1:0' || value === '1:8'
}

/** A partition worker's life: recovers, then serves one lane after the other until none has a batch. */
function live(ring: SharedArrayBuffer, lanes: readonly SharedArrayBuffer[]): void {
  const log = new RingLogWriter(ring)
  const readers = lanes.map((memory) => new LaneReader(memory))
  for (const reader of readers) reader.recover(log.endPosition)
  for (let isBusy = true; isBusy;) {
    isBusy = false
    for (const reader of readers) {
      const status = reader.peek()
      if (status === LANE_EMPTY) continue
      isBusy = true
      if (status === LANE_BATCH_BEHIND_REFUSED) reader.skip()
      else append(log, reader)
    }
  }
}

function append(log: RingLogWriter, reader: LaneReader): void {
  expect(reader.closedError).toBeNull()
  const batch = takeBytes(reader)
  const [value] = valuesIn(batch)
  if (isRefused(value!)) {
    reader.refuse(new RinglogError('MESSAGE_TOO_LARGE', `refused ${value}`))
    return
  }
  log.makeRoom(batch.length, Infinity)
  const appendTimeMs = 1000 + log.endOffset
  reader.notePending(log.endPositionAfter(batch.length), log.endOffset, appendTimeMs)
  reader.acknowledge(log.append(batch), appendTimeMs)
}

/** A ring that is about to go round, so that pads and evictions happen on the way. */
const ringNearItsEnd = createRingLogMemory(64 * 1024)
const filler = new RingLogWriter(ringNearItsEnd)
const large = batchOf([{ value: new Uint8Array(7960) }])
for (let i = 0; i < 8; i++) {
  filler.makeRoom(large.length, Infinity)
  filler.append(large)
}

interface Outcome {
  steps: number
  deaths: number
}

/** Sends all batches through; the worker dies at `step`, and each successor so many steps later. */
function sendAll(step: number, stepsBetweenDeaths: number, isLost: () => boolean): Outcome {
  const ring = ringNearItsEnd.slice(0)
  const startOffset = filler.endOffset
  const lanes = Array.from({ length: LANES }, () => createLaneMemory(1024, 4))
  const producers = lanes.map((memory, lane) => new SerialProducer(memory, lane))
  const worker = new Mortal(ring, ...lanes)
  let deaths = 0
  worker.dieAt(step)
  for (let turns = 0; producers.some(({ isDone }) => !isDone); turns++) {
    expect(turns).toBeLessThan(500)
    for (const producer of producers) producer.turn()
    while (worker.run(() => live(ring, lanes), isLost)) {
      deaths++
      worker.dieAt(deaths < MAX_DEATHS_IN_A_ROW ? worker.steps + stepsBetweenDeaths : Infinity)
    }
  }

  expect(new RingLogWriter(ring).endPosition).toBeGreaterThan(64 * 1024)
  const values = valuesIn(ring, startOffset)
  producers.forEach(({ appended, refused }, lane) => {
    const all = Array.from({ length: BATCHES_PER_LANE }, (_, serial) => `${lane}:${serial}`)
    const expected = all.filter((value) => !isRefused(value))
    expect(values.filter((value) => value.startsWith(`${lane}:`))).toEqual(expected)
    expect([...appended.keys()]).toEqual(expected)
    for (const [value, offset] of appended) expect(values[offset - startOffset]).toBe(value)
    expect(refused).toEqual(all.filter(isRefused))
  })
  return { steps: worker.steps, deaths }
}

const { steps } = sendAll(Infinity, 1, () => false)

describe('a partition worker that dies', () => {
  test('has no step in which a batch would be lost, doubled, or answered twice', () => {
    expect(steps).toBeGreaterThan(3 * LANES * BATCHES_PER_LANE)
    for (let step = 1; step <= steps; step++) {
      expect(sendAll(step, Infinity, () => false).deaths).toBe(1)
      expect(sendAll(step, Infinity, () => true).deaths).toBe(1)
    }
  })

  test('has none either when any of its plain stores is missing, and successors die as well', () => {
    for (let step = 1; step <= steps; step++) {
      const random = seededRandom(step)
      const share = random()
      const stepsBetweenDeaths = 1 + Math.floor(random() * 12)
      sendAll(step, stepsBetweenDeaths, () => random() < share)
    }
  })
})

describe('a successor', () => {
  test('finds no note on a new lane, whatever its ring', () => {
    const { reader } = openLane()
    expect(reader.recover(0)).toBe(false)
    expect(reader.recover(1e15)).toBe(false)
    expect(reader.peek()).toBe(LANE_EMPTY)
  })

  test('recovers once: a second time finds nothing', () => {
    const { memory, writer, reader } = openLane()
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    reader.peek()
    reader.notePending(800, 5, 77)
    const successor = new LaneReader(memory)
    expect(successor.recover(800)).toBe(true)
    expect(successor.recover(800)).toBe(false)
    expect(readAnswers(writer)).toMatchObject([{ baseOffset: 5, logAppendTimeMs: 77 }])
    expect(new LaneReader(memory).recover(800)).toBe(false)
  })

  test('does not take what others appended later for the batch that was not', () => {
    const { memory, writer, reader } = openLane()
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    reader.peek()
    reader.notePending(800, 5, 77)
    // It died before it published; the successor appends something else, and dies as well.
    expect(new LaneReader(memory).recover(700)).toBe(false)
    const third = new LaneReader(memory)
    expect(third.recover(800)).toBe(false)
    expect(third.peek()).toBe(LANE_BATCH)
  })

  test.each([800, NaN, -Infinity])('refuses to recover with a note of %d at 900', (noted) => {
    const { memory, writer, reader } = openLane()
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    reader.peek()
    reader.notePending(noted, 5, 77)
    expect(() => new LaneReader(memory).recover(900)).toThrow(
      expect.objectContaining({
        code: 'INVALID_STATE',
        details: { ringEndPosition: 900, pendingEndPosition: noted },
      }),
    )
  })

  test('does not take the note of a batch that was then refused for a later one’s', () => {
    const { memory, writer, reader } = openLane()
    for (let i = 0; i < 2; i++) writer.tryWrite(patternBytes(i, 8), 8, DEADLINE)
    reader.peek()
    reader.notePending(800, 5, 77)
    reader.refuse(new RinglogError('INVALID_STATE', 'the append failed'))
    const successor = new LaneReader(memory)
    expect(successor.recover(800)).toBe(false)
    expect(successor.peek()).toBe(LANE_BATCH_BEHIND_REFUSED)
  })

  test('does not take a note for the frame of the same number, 2^32 frames later', () => {
    const { memory, writer, reader } = openLane()
    const words = new Int32Array(memory)
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    reader.peek()
    reader.notePending(800, 5, 77)
    reader.acknowledge(5, 77)
    // A duplicate is answered without a note: what stays must not be that of frame 0.
    writer.tryWrite(patternBytes(1, 8), 8, DEADLINE)
    reader.peek()
    reader.acknowledge(3, 77)
    expect(words[96]).toBe(0)
    writer.tryWrite(patternBytes(2, 8), 8, DEADLINE)
    reader.peek()
    reader.acknowledge(4, 77)
    expect(words[96]).toBe(1)
  })
})

describe('a producer that dies', () => {
  test('leaves whole batches or none: nothing of one that it was writing is ever seen', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed)
      const memory = createLaneMemory(1024, 4)
      const reader = new LaneReader(memory)
      const writer = new LaneWriter(memory)
      const producer = new Mortal(memory)
      const deathStep = 1 + Math.floor(random() * 30)
      producer.dieAt(deathStep)
      const share = random()
      const sizes: number[] = []
      const writeAll = (): void => {
        readAnswers(writer)
        for (let isWritten = true; isWritten;) {
          const serial = producer.steps
          sizes[serial] ??= 1 + Math.floor(random() * 256)
          const bytes = patternBytes(serial, sizes[serial])
          isWritten = writer.tryWrite(bytes, bytes.length, DEADLINE)
        }
      }
      let read = 0
      const readSome = (count: number): void => {
        for (; count > 0 && reader.peek() === LANE_BATCH; count--) {
          expect(takeBytes(reader)).toEqual(patternBytes(read, sizes[read]!))
          reader.acknowledge(read++, -1)
        }
      }
      while (!producer.run(writeAll, () => random() < share)) readSome(1 + random() * 3)
      readSome(Infinity)
      expect(reader.peek()).toBe(LANE_EMPTY)
      expect(read).toBe(deathStep - 1)
    }
  })
})

/** Does something right after the loads of a word, as another thread could. */
function afterLoad(word: number, act: () => void): () => void {
  const original = Atomics.load
  const load = (words: never, index: number): unknown => {
    const value: unknown = original(words, index)
    if (index === word) act()
    return value
  }
  Object.assign(Atomics, { load })
  return () => Object.assign(Atomics, { load: original })
}

describe('the last moments of a lane', () => {
  test('lose no batch that was written between the reader’s looks', () => {
    const { writer, reader } = openLane()
    const restore = afterLoad(32, () => {
      restore()
      writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
      writer.close()
    })
    expect(reader.peek()).toBe(LANE_BATCH)
    reader.acknowledge(0, -1)
    expect(reader.peek()).toBe(LANE_CLOSED)
  })

  test('lose no answer that was given between the producer’s looks', () => {
    const { writer, reader } = openLane()
    writer.tryWrite(patternBytes(0, 8), 8, DEADLINE)
    reader.peek()
    const restore = afterLoad(64, () => {
      restore()
      reader.acknowledge(7, -1)
      reader.close(new RinglogError('BROKER_CLOSED'))
    })
    expect(readAnswers(writer)).toMatchObject([{ outcome: ANSWER_APPENDED, baseOffset: 7 }])
    expect(writer.unansweredCount).toBe(0)
    expect(writer.closedError?.code).toBe('BROKER_CLOSED')
  })
})
