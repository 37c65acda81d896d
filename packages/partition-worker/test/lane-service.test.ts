import {
  ANSWER_APPENDED,
  ANSWER_BEHIND_REFUSED,
  ANSWER_REFUSED,
  Doorbell,
  LaneAnswer,
  LaneWriter,
  RinglogError,
  createLaneMemory,
  monotonicMs,
} from '@ringlog/core/internal'
import { settle, until } from '@ringlog/test-kit'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LaneService } from '../src/lane-service.ts'
import { Rig, batchOf, deadline } from './rig.ts'

/** Of the ring and of a lane: see the layouts in core, whose tests hold them there. */
const END_POSITION_WORD = 128 / 8
const BLOCKED_WORD = 512 / 8
const ANSWER_COUNT_WORD = 256 / 4
const PENDING_FRAME_WORD = 384 / 4
/** Of a doorbell. */
const PARKED_WORD = 128 / 4

/** A producer's side of a lane that a service serves. */
class ServedLane {
  readonly memory: SharedArrayBuffer
  readonly writer: LaneWriter
  readonly close: () => void

  constructor(service: LaneService, slots = 4) {
    this.memory = createLaneMemory(16 * 1024, slots)
    this.writer = new LaneWriter(this.memory)
    const laneId = randomUUID()
    service.open({
      laneId,
      memory: this.memory,
      producerDoorbell: new Doorbell().memory,
      acks: 'all',
    })
    this.close = () => service.closeLane(laneId)
  }

  write(value: string): void {
    const batch = batchOf([value])
    expect(this.writer.tryWrite(batch, batch.length, deadline())).toBe(true)
  }

  /** Begins a batch, and dies before it hands it over: its bytes lie in the lane. */
  dieWriting(value: string): void {
    const batch = batchOf([value])
    const { store } = Atomics
    const death = new Error('dead')
    Object.assign(Atomics, {
      store: () => {
        throw death
      },
    })
    try {
      expect(() => this.writer.tryWrite(batch, batch.length, deadline())).toThrow(death)
    } finally {
      Object.assign(Atomics, { store })
    }
    expect(Buffer.from(new Uint8Array(this.memory)).includes(value)).toBe(true)
  }

  /** The worker has noted a batch that it has not answered. */
  get isPending(): boolean {
    const words = new Int32Array(this.memory, 0, 128)
    return words[PENDING_FRAME_WORD] === words[ANSWER_COUNT_WORD]
  }

  answers(): LaneAnswer[] {
    const answers: LaneAnswer[] = []
    for (let answer = new LaneAnswer(); this.writer.readAnswer(answer); answer = new LaneAnswer()) {
      answers.push(answer)
    }
    return answers
  }
}

function serve(): { rig: Rig; service: LaneService } {
  const rig = new Rig()
  const service = new LaneService({
    log: rig.log,
    doorbell: rig.doorbell,
    waitStrategy: 'park',
  })
  onTestFinished(() => service.close(new RinglogError('BROKER_CLOSED')))
  return { rig, service }
}

/** What somebody who rings does up to the death of his thread: takes parked, and wakes nobody. */
function dieRinging(doorbell: Doorbell): void {
  expect(Atomics.exchange(new Int32Array(doorbell.memory), PARKED_WORD, 0)).toBe(1)
}

/** A turn of three lanes, from the first on, in which so many batches of each are served. */
function turnsOf(batches: number, first: number): number[] {
  return [0, 1, 2].flatMap((i) => Array<number>(batches).fill((first + i) % 3))
}

type Words = Int32Array | BigInt64Array

/** Calls `look` before each atomic store of this thread. */
function beforeEachStore(look: (words: Words, word: number) => void): void {
  const { store } = Atomics
  const watched = (words: Words, word: number, value: never): unknown => {
    look(words, word)
    return store(words as Int32Array, word, value)
  }
  Object.assign(Atomics, { store: watched })
  onTestFinished(() => void Object.assign(Atomics, { store }))
}

describe('the service of lanes', () => {
  test('answers a batch that waited for room before anything else enters the ring', async () => {
    const { rig, service } = serve()
    const gate = rig.gate(0)
    const filled = await rig.fill()
    const lanes = [new ServedLane(service), new ServedLane(service)] as const
    for (const lane of lanes) lane.write('x'.repeat(1000))

    // The first finds no room; but there is some when it has announced that it waits.
    const pendingWhenPublishing: boolean[][] = []
    beforeEachStore((words, word) => {
      if (words.buffer !== rig.memory) return
      if (word === BLOCKED_WORD) gate.release(20)
      if (word === END_POSITION_WORD)
        pendingWhenPublishing.push(lanes.map((lane) => lane.isPending))
    })
    rig.doorbell.ring()
    await until(() => lanes.every(({ writer }) => writer.hasAnswer))

    const answers = lanes.flatMap((lane) => lane.answers())
    expect(answers).toMatchObject(lanes.map(() => ({ outcome: ANSWER_APPENDED })))
    const first = answers.findIndex(({ baseOffset }) => baseOffset === filled)
    expect(answers[1 - first]).toMatchObject({ baseOffset: filled + 1 })
    expect(pendingWhenPublishing).toEqual([
      [first === 0, first === 1],
      [first === 1, first === 0],
    ])
  })

  test('serves 8 batches of a lane at a time, then those of the others', async () => {
    const { rig, service } = serve()
    const lanes = [0, 1, 2].map(() => new ServedLane(service, 64))
    for (const lane of lanes) for (let i = 0; i < 30; i++) lane.write('x')

    const served: number[] = []
    const memories: ArrayBufferLike[] = lanes.map(({ memory }) => memory)
    beforeEachStore((words, word) => {
      const lane = memories.indexOf(words.buffer)
      if (lane >= 0 && word === ANSWER_COUNT_WORD) served.push(lane)
    })
    rig.doorbell.ring()
    await until(() => served.length === 90)

    const first = served[0]!
    expect(served).toEqual([8, 8, 8, 6].flatMap((batches) => turnsOf(batches, first)))
  })

  test('lets the event loop turn while lanes never run empty', async () => {
    const { rig, service } = serve()
    const lanes = [0, 1].map(() => new ServedLane(service, 64))
    // Producers that are always faster: for each batch that is served, there is another one.
    let isFull = true
    const mostBatches = 200_000 // so that it ends where the loop does not turn
    const memories: ArrayBufferLike[] = lanes.map(({ memory }) => memory)
    beforeEachStore((words, word) => {
      const lane = lanes[memories.indexOf(words.buffer)]
      if (lane === undefined || word !== ANSWER_COUNT_WORD) return
      if (!isFull || rig.log.endOffset > mostBatches) return
      lane.answers()
      lane.write('x')
    })
    for (const lane of lanes) for (let i = 0; i < 20; i++) lane.write('x')
    rig.doorbell.ring()

    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    port2.on('message', (message) => port2.postMessage(message))
    const servedAtAnswers: number[] = []
    for (let i = 0; i < 3; i++) {
      port1.postMessage(i)
      await once(port1, 'message')
      servedAtAnswers.push(rig.log.endOffset)
    }
    isFull = false
    // Between the answers the lanes went on, and had not run empty.
    expect(servedAtAnswers[0]).toBeGreaterThan(0)
    expect(servedAtAnswers[2]).toBeGreaterThan(servedAtAnswers[0]!)
    expect(servedAtAnswers[2]).toBeLessThan(mostBatches)
  })

  test('lets it turn however many lanes there are, and however slow their batches, and is fair', async () => {
    const { rig, service } = serve()
    const lanes = Array.from({ length: 16 }, () => new ServedLane(service, 16))
    for (const lane of lanes) for (let i = 0; i < 10; i++) lane.write('x')

    // Each batch takes a millisecond: all that is there takes 160, the eight of a lane take 8.
    const served = lanes.map(() => 0)
    const memories: ArrayBufferLike[] = lanes.map(({ memory }) => memory)
    beforeEachStore((words, word) => {
      const lane = memories.indexOf(words.buffer)
      if (lane < 0 || word !== ANSWER_COUNT_WORD) return
      served[lane]!++
      const startMs = monotonicMs()
      while (monotonicMs() - startMs < 1);
    })
    rig.doorbell.ring()
    let most = 0
    for (let before = 0, all = 0; all < 160; before = all) {
      await settle(1)
      all = served.reduce((sum, count) => sum + count, 0)
      most = Math.max(most, all - before)
      // No lane is served again before all others were, at most 8 batches at a time.
      expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(8)
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(4)
  })

  test('wakes when a producer is gone that died while it rang, for what others have handed over', async () => {
    const { rig, service } = serve()
    const [dead, other] = [new ServedLane(service), new ServedLane(service)]
    await settle(5)
    dieRinging(rig.doorbell)
    other.write('x')
    rig.doorbell.ring() // PARKED is 0: it wakes nobody
    await settle(20)
    expect(other.writer.hasAnswer).toBe(false)
    dead.close()
    await until(() => other.writer.hasAnswer)
  })

  test('of a producer that is gone, appends what was handed over, and nothing half written', async () => {
    const { rig, service } = serve()
    const lane = new ServedLane(service)
    lane.write('whole')
    lane.dieWriting('half')
    lane.close()
    await until(() => rig.log.endOffset > 0)
    const other = new ServedLane(service)
    other.write('after')
    rig.doorbell.ring()
    await until(() => other.writer.hasAnswer)
    expect(rig.log.endOffset).toBe(2)
    const ring = Buffer.from(new Uint8Array(rig.memory))
    expect([ring.includes('whole'), ring.includes('half'), ring.includes('after')]).toEqual([
      true,
      false,
      true,
    ])
  })

  test('waits for a producer that reads no answers, and serves the others', async () => {
    const { rig, service } = serve()
    const [slow, other] = [new ServedLane(service, 2), new ServedLane(service)]
    for (let i = 0; i < 2; i++) slow.write(`slow ${i}`)
    rig.doorbell.ring()
    await until(() => rig.log.endOffset === 2)
    const batch = batchOf(['slow 2'])
    expect(slow.writer.tryWrite(batch, batch.length, deadline())).toBe(false)
    other.write('other')
    rig.doorbell.ring()
    await until(() => other.writer.hasAnswer)
    expect(slow.writer.tryWrite(batch, batch.length, deadline())).toBe(false)
    expect(slow.answers().map(({ baseOffset }) => baseOffset)).toEqual([0, 1])
    slow.write('slow 2')
    rig.doorbell.ring()
    await until(() => slow.writer.hasAnswer)
    expect(slow.answers().map(({ baseOffset }) => baseOffset)).toEqual([3])
  })

  test.each<[string, (batch: Uint8Array) => Uint8Array]>([
    ['of another magic', (batch) => batch.with(16, 9)],
    ['longer than its frame', (batch) => batch.subarray(0, batch.length - 1)],
    ['shorter than its frame', (batch) => Buffer.concat([batch, Buffer.alloc(8)])],
    ['shorter than a header', () => new Uint8Array(8)],
  ])('refuses a batch that is %s, and goes on with the lane', async (_, damage) => {
    const { rig, service } = serve()
    const lane = new ServedLane(service)
    const damaged = damage(batchOf(['x']))
    expect(lane.writer.tryWrite(damaged, damaged.length, deadline())).toBe(true)
    lane.write('behind')
    rig.doorbell.ring()
    await until(() => lane.writer.hasAnswer)
    await settle(5)
    const [refused, behind] = lane.answers()
    expect(refused).toMatchObject({ outcome: ANSWER_REFUSED, error: { code: 'CORRUPT_MESSAGE' } })
    expect(refused!.error!.message).toMatch(/^record batch for orders-3 /)
    expect(behind).toMatchObject({ outcome: ANSWER_BEHIND_REFUSED })
    lane.writer.reset()
    lane.write('good')
    rig.doorbell.ring()
    await until(() => lane.writer.hasAnswer)
    expect(lane.answers()).toMatchObject([{ outcome: ANSWER_APPENDED, baseOffset: 0 }])
  })

  test('answers a duplicate, for which nothing is noted', async () => {
    const { rig, service } = serve()
    const lane = new ServedLane(service)
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
    const batch = batchOf(['a', 'b'], producer)
    for (let i = 0; i < 2; i++) lane.writer.tryWrite(batch, batch.length, deadline())
    lane.write('c')
    rig.doorbell.ring()
    await until(() => rig.log.endOffset === 3)
    expect(lane.answers().map(({ baseOffset }) => baseOffset)).toEqual([0, 0, 2])
  })
})
