import {
  ANSWER_APPENDED,
  Doorbell,
  LaneAnswer,
  LaneWriter,
  RinglogError,
  createLaneMemory,
} from '@ringlog/core/internal'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LaneService } from '../src/lane-service.ts'
import { Rig, batchOf, deadline } from './rig.ts'

/** Of the ring and of a lane: see the layouts in core, whose tests hold them there. */
const END_POSITION_WORD = 128 / 8
const BLOCKED_WORD = 512 / 8
const ANSWER_COUNT_WORD = 256 / 4
const PENDING_FRAME_WORD = 384 / 4

/** A producer's side of a lane that a service serves. */
class ServedLane {
  readonly memory = createLaneMemory(16 * 1024, 4)
  readonly writer = new LaneWriter(this.memory)
  readonly close: () => void

  constructor(service: LaneService) {
    this.close = service.open(this.memory, new Doorbell().memory)
  }

  write(value: string): void {
    const batch = batchOf([value])
    expect(this.writer.tryWrite(batch, batch.length, deadline())).toBe(true)
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
    onFailed: () => undefined,
  })
  onTestFinished(() => service.close(new RinglogError('BROKER_CLOSED')))
  return { rig, service }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
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

    expect(lanes.map((lane) => lane.answers())).toMatchObject([
      [{ outcome: ANSWER_APPENDED, baseOffset: filled }],
      [{ outcome: ANSWER_APPENDED, baseOffset: filled + 1 }],
    ])
    expect(pendingWhenPublishing).toEqual([
      [true, false],
      [false, true],
    ])
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
