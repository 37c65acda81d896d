import { RingLogReader } from '@ringlog/core'
import {
  Doorbell,
  Gate,
  Grant,
  LaneAnswer,
  LaneWriter,
  createGateMemory,
  createLaneMemory,
  monotonicMs,
} from '@ringlog/core/internal'
import type { GroupGateMove, LaneConnection } from '@ringlog/partition-worker'
import { until } from '@ringlog/test-kit'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { append, connect, terminateHosts } from './host-rig.ts'
import { MortalPartition } from './mortal-partition.ts'
import { batchOf, deadline } from './rig.ts'
import { valuesByOffset } from './values-by-offset.ts'

/** Of a doorbell. */
const PARKED_WORD = 128 / 4

afterEach(terminateHosts)

/** A producer's side of a lane. */
class LaneRig {
  readonly connection: LaneConnection
  readonly writer: LaneWriter
  readonly doorbell = new Doorbell()
  readonly #workerDoorbell: Doorbell

  constructor({ doorbell }: MortalPartition, laneId = 'lane') {
    const memory = createLaneMemory(16 * 1024)
    this.connection = { laneId, memory, producerDoorbell: this.doorbell.memory, acks: 'all' }
    this.writer = new LaneWriter(memory)
    this.#workerDoorbell = doorbell
  }

  write(value: string, times = deadline()): boolean {
    const batch = batchOf([value])
    const isWritten = this.writer.tryWrite(batch, batch.length, times)
    this.#workerDoorbell.ring()
    return isWritten
  }

  /** Waits for an answer as a producer does: for its doorbell. */
  async answer(): Promise<LaneAnswer> {
    const answer = new LaneAnswer()
    const deadlineMs = monotonicMs() + 10_000
    expect(await this.doorbell.waitAsync(() => this.writer.hasAnswer, { deadlineMs })).toBe(true)
    this.writer.readAnswer(answer)
    return answer
  }

  /** Writes until the ring is full, and the worker waits for room for the next batch. */
  async fillRing({ host }: MortalPartition): Promise<void> {
    const isFull = async (): Promise<boolean> => (await host.metrics(Infinity)).waitingAppends > 0
    while (!(await isFull())) {
      while (this.writer.readAnswer(new LaneAnswer()));
      while (this.write('x'.repeat(500)));
    }
  }
}

const reader = { consumerId: 'c', clientId: 'c', start: 'earliest' } as const

function numbered(value: string, baseSequence: number): Uint8Array {
  return batchOf([value], { producerId: 7, producerEpoch: 0, baseSequence })
}

describe.each(['is terminated', 'exits', 'throws', 'rejects'] as const)(
  'a partition worker whose predecessor %s',
  (how) => {
    test('keeps the log byte for byte, and answers what is sent again with its offset', async () => {
      const partition = new MortalPartition()
      await partition.start()
      const first = await connect(partition.host)
      for (const [i, value] of ['a', 'b', 'c'].entries()) {
        expect(await append(first, numbered(value, i))).toMatchObject({ baseOffset: i })
      }
      const before = new Uint8Array(partition.memory).slice()
      await partition.kill(how)
      expect(partition.host.state).toBe('crashed')
      await partition.start()
      expect(Buffer.compare(new Uint8Array(partition.memory), before)).toBe(0)
      const second = await connect(partition.host)
      expect(await append(second, numbered('b', 1))).toMatchObject({ error: null, baseOffset: 1 })
      expect(await append(second, numbered('e', 4))).toMatchObject({
        error: { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
      })
      expect(await append(second, numbered('d', 3))).toMatchObject({ error: null, baseOffset: 3 })
      expect([...valuesByOffset(partition.memory).values()]).toEqual(['a', 'b', 'c', 'd'])
    })

    test('goes on with lanes, gates, and who is rung', async () => {
      const partition = new MortalPartition()
      await partition.start()
      const lane = new LaneRig(partition)
      const { port2 } = new MessageChannel()
      await partition.host.connectProducer(
        { clientId: 'p', acks: 'all', lane: lane.connection },
        port2,
      )
      lane.write('a')
      expect(await lane.answer()).toMatchObject({ error: null, baseOffset: 0 })

      const consumer = new Doorbell()
      const gate = createGateMemory()
      const opened = { ...reader, doorbell: consumer.memory, gate }
      await partition.host.openReader(opened)
      await partition.kill(how)
      partition.attached = { readers: [opened], groupGates: [], lanes: [lane.connection] }
      lane.write('b')
      const log = new RingLogReader(partition.memory)
      const rung = consumer.waitAsync(() => log.endOffset === 2, {
        deadlineMs: monotonicMs() + 9_000,
      })
      await partition.start()
      expect(await lane.answer()).toMatchObject({ error: null, baseOffset: 1 })
      expect(await rung).toBe(true)
      // The gate still holds, so the ring fills up; then it lets go.
      await lane.fillRing(partition)
      expect(log.logStartOffset).toBe(0)
      const { unansweredCount } = lane.writer
      expect(new Gate(gate, partition.memory).release(log.endOffset)).toBe(true)
      partition.doorbell.ring()
      await until(() => {
        while (lane.writer.readAnswer(new LaneAnswer()));
        return lane.writer.unansweredCount === 0
      })
      expect(unansweredCount).toBeGreaterThan(0)
      await partition.host.closeReader('c')
      expect((await partition.host.metrics(Infinity)).gateCount).toBe(0)
    })
  },
)

test('a successor wakes whom its predecessor was about to wake when it died (INV-11)', async () => {
  const partition = new MortalPartition()
  const lane = new LaneRig(partition)
  const [consumer, owner] = [new Doorbell(), new Doorbell()]
  const sleepers = [consumer, owner, lane.doorbell, partition.doorbell]
  let isChanged = false
  const deadlineMs = monotonicMs() + 10_000
  const woken = sleepers.map((doorbell) => doorbell.waitAsync(() => isChanged, { deadlineMs }))
  isChanged = true
  // The predecessor took PARKED, and did not come to wake them: an ordinary ring wakes nobody now.
  for (const { memory } of sleepers) Atomics.exchange(new Int32Array(memory), PARKED_WORD, 0)
  partition.attached = {
    readers: [{ ...reader, doorbell: consumer.memory, gate: null }],
    groupGates: [{ ...move(1, 'owner'), doorbell: owner.memory }],
    lanes: [lane.connection],
  }
  await partition.start()
  expect(await Promise.all(woken)).toEqual([true, true, true, true])
  expect(monotonicMs()).toBeLessThan(deadlineMs)
})

/** A partition with a lane, and a gate at 0 that holds; with all of that attached from the next start on. */
async function startFull() {
  const partition = new MortalPartition()
  await partition.start()
  const lane = new LaneRig(partition)
  const { port2 } = new MessageChannel()
  await partition.host.connectProducer({ clientId: 'p', acks: 'all', lane: lane.connection }, port2)
  const gate = createGateMemory()
  const opened = { ...reader, doorbell: new Doorbell().memory, gate }
  await partition.host.openReader(opened)
  partition.attached = { readers: [opened], groupGates: [], lanes: [lane.connection] }
  await lane.fillRing(partition)
  const holder = new Gate(gate, partition.memory)
  const release = (): void => {
    holder.release(new RingLogReader(partition.memory).endOffset)
    partition.doorbell.ring()
  }
  return { partition, lane, release }
}

function readAll({ writer }: LaneRig): LaneAnswer[] {
  const answers: LaneAnswer[] = []
  for (let answer = new LaneAnswer(); writer.readAnswer(answer); answer = new LaneAnswer()) {
    answers.push(answer)
  }
  return answers
}

describe('what lay in a lane when the worker died', () => {
  test('waits for room on, however long it was held up, and is appended in order, once', async () => {
    const { partition, lane, release } = await startFull()
    await partition.kill('is terminated')
    readAll(lane)
    const before = new RingLogReader(partition.memory).endOffset
    const { unansweredCount } = lane.writer
    await partition.start()
    await until(async () => (await partition.host.metrics(Infinity)).waitingAppends === 1)
    expect(lane.writer.hasAnswer).toBe(false)
    release()
    const answers: LaneAnswer[] = []
    await until(() => answers.push(...readAll(lane)) > 0 && lane.writer.unansweredCount === 0)
    expect(answers.map(({ baseOffset }) => baseOffset)).toEqual(
      Array.from({ length: unansweredCount }, (_, i) => before + i),
    )
  })

  test('is not out of time because it could not be served, but has waited for room all the while', async () => {
    const partition = new MortalPartition()
    await partition.start()
    const lane = new LaneRig(partition)
    await partition.kill('is terminated')
    partition.attached = { ...partition.attached, lanes: [lane.connection] }
    const nowMs = monotonicMs()
    lane.write('a', { requestDeadlineMs: nowMs - 1, waitingSinceMs: nowMs, maxBlockMs: 10_000 })
    await partition.start()
    expect(await lane.answer()).toMatchObject({ error: null, baseOffset: 0 })
    // What is handed over to the successor has its own time again.
    lane.write('b', { requestDeadlineMs: nowMs - 1, waitingSinceMs: nowMs, maxBlockMs: 10_000 })
    expect(await lane.answer()).toMatchObject({ error: { code: 'REQUEST_TIMED_OUT' } })
  })

  test('is appended although its producer has closed the lane', async () => {
    const { partition, lane, release } = await startFull()
    await partition.kill('is terminated')
    readAll(lane)
    const { unansweredCount } = lane.writer
    const before = new RingLogReader(partition.memory).endOffset
    lane.writer.close()
    release()
    await partition.start()
    await until(() => new RingLogReader(partition.memory).endOffset >= before + unansweredCount)
    await partition.host.closeLane('lane')
  })

  test('is lost with a lane that is damaged, and with no other', async () => {
    const partition = new MortalPartition()
    await partition.start()
    await append(await connect(partition.host), batchOf(['x']))
    await partition.kill('is terminated')
    const [first, second, third] = ['a', 'b', 'c'].map((laneId) => new LaneRig(partition, laneId))
    const lanes = [first!, second!, third!]
    for (const lane of lanes) lane.write(lane.connection.laneId)
    new Int32Array(first!.connection.memory)[0] = 0 // LANE_MAGIC
    new Int32Array(second!.connection.memory)[384 / 4] = 0 // PENDING_FRAME: at a place long passed
    const closed: string[] = []
    const connections = lanes.map(({ connection }) => connection)
    partition.attached = { ...partition.attached, lanes: connections }
    await partition.start(Infinity, (event) => {
      if (event.type === 'laneClosed') closed.push(event.laneId)
    })
    expect(await third!.answer()).toMatchObject({ error: null, baseOffset: 1 })
    expect(closed).toEqual(['a'])
    expect(second!.writer.readAnswer(new LaneAnswer())).toBe(false)
    expect(second!.writer.closedError).toMatchObject({
      code: 'CORRUPT_MESSAGE',
      cause: { code: 'INVALID_STATE' },
    })
    const outcome = await append(await connect(partition.host), batchOf(['d']))
    expect(outcome).toMatchObject({ error: null, baseOffset: 2 })
  })
})

function move(moveId: number, consumerId: string): GroupGateMove {
  return {
    groupId: 'billing',
    moveId,
    memory: createGateMemory(),
    start: 'latest',
    commit: null,
    consumerId,
    clientId: consumerId,
    doorbell: null,
  }
}

describe("a group's gate that a successor takes over", () => {
  test('counts what was committed without a worker, and is moved on as before', async () => {
    const partition = new MortalPartition()
    await partition.start()
    const producer = await connect(partition.host)
    for (let i = 0; i < 4; i++) await append(producer, batchOf(['a']))
    const first = move(1, 'x')
    expect(await partition.host.moveGroupGate(first)).toEqual({ offset: 4, isCommitted: false })
    await partition.kill('exits')
    const grant = new Grant(first.memory, partition.memory, partition.doorbell)
    expect(grant.commit(2)).toBe(true)
    partition.attached = { ...partition.attached, groupGates: [first] }
    await partition.start()
    // A move that is made again changes nothing, and says where the group stands.
    expect(await partition.host.moveGroupGate(first)).toEqual({ offset: 2, isCommitted: true })
    expect(grant.commit(3)).toBe(true)
    expect(await partition.host.moveGroupGate(move(2, 'y'))).toEqual({
      offset: 3,
      isCommitted: true,
    })
    await partition.host.removeGroupGate('billing')
    expect((await partition.host.metrics(Infinity)).gateCount).toBe(0)
  })

  test('rings its owner for what is appended', async () => {
    const partition = new MortalPartition()
    const owner = new Doorbell()
    partition.attached = {
      ...partition.attached,
      groupGates: [{ ...move(1, 'x'), doorbell: owner.memory }],
    }
    await partition.start()
    const log = new RingLogReader(partition.memory)
    const rung = owner.waitAsync(() => log.endOffset === 1, { deadlineMs: monotonicMs() + 9_000 })
    await append(await connect(partition.host), batchOf(['a']))
    expect(await rung).toBe(true)
    expect((await partition.host.metrics(Infinity)).readerCount).toBe(1)
  })
})
