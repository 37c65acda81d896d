import {
  ANSWER_APPENDED,
  ANSWER_REFUSED,
  Doorbell,
  LaneAnswer,
  LaneWriter,
  RinglogError,
  createLaneMemory,
  decodeError,
  systemClock,
  type Clock,
} from '@ringlog/core/internal'
import { ProducerSession } from '@ringlog/partition-worker'
import { isSettled, settle } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LaneService } from '../src/lane-service.ts'
import { Rig, batchOf, deadline } from './rig.ts'

/** What native code makes of a batch in a thread that has been told to end. */
const OF_THREAD = [
  new TypeError("Cannot read properties of undefined (reading 'length')"),
  new RinglogError('CORRUPT_MESSAGE', 'record batch has records that cannot be decompressed'),
  new RinglogError(
    'UNSUPPORTED_COMPRESSION_TYPE',
    'the package for compression lz4 cannot be loaded',
  ),
]

/** A worker's log whose first append fails, and whose event loop does not turn before the test says so. */
function failing(error: Error): { rig: Rig; turn: () => void } {
  const turns: Array<() => void> = []
  const clock: Clock = { ...systemClock, setTurnEnd: (callback) => void turns.push(callback) }
  const rig = new Rig({ clock })
  vi.spyOn(rig.log, 'tryAppend').mockImplementationOnce(() => {
    throw error
  })
  return { rig, turn: () => turns.splice(0).forEach((callback) => callback()) }
}

function laneTo(rig: Rig): LaneWriter {
  const memory = createLaneMemory(16 * 1024, 4)
  const writer = new LaneWriter(memory)
  for (const value of ['first', 'second']) {
    const batch = batchOf([value])
    expect(writer.tryWrite(batch, batch.length, deadline())).toBe(true)
  }
  const service = new LaneService({
    log: rig.log,
    doorbell: rig.doorbell,
    waitStrategy: 'park',
  })
  service.open({ laneId: 'lane', memory, producerDoorbell: new Doorbell().memory, acks: 'all' })
  onTestFinished(() => service.close(new RinglogError('BROKER_CLOSED')))
  return writer
}

describe.each(OF_THREAD)('INV-100: what may come of a thread that is to end (%s)', (error) => {
  test('is not told by a lane before the event loop has turned, nor is anything behind it served', async () => {
    const { rig, turn } = failing(error)
    const writer = laneTo(rig)
    await settle()
    expect(writer.unansweredCount).toBe(2)
    expect(writer.hasAnswer).toBe(false)
    expect(rig.log.endOffset).toBe(0)
    turn()
    await settle()
    const answer = new LaneAnswer()
    expect(writer.readAnswer(answer)).toBe(true)
    expect(answer.outcome).toBe(ANSWER_REFUSED)
    expect(answer.error!.message).toContain(error.message)
    writer.reset()
    const batch = batchOf(['third'])
    writer.readAnswer(answer)
    expect(writer.tryWrite(batch, batch.length, deadline())).toBe(true)
    rig.doorbell.ring()
    await settle()
    expect(writer.readAnswer(answer)).toBe(true)
    expect(answer.outcome).toBe(ANSWER_APPENDED)
  })

  test('is not told by RPC before the event loop has turned', async () => {
    const { rig, turn } = failing(error)
    const session = new ProducerSession(rig.log, 'all')
    const { buffer, byteLength } = batchOf(['v'])
    const request = { ...deadline(), buffer: buffer as ArrayBuffer, sizeBytes: byteLength }
    const append = session.append(request)
    expect(await isSettled(append)).toBe(false)
    turn()
    const { value } = (await append) as unknown as { value: { error: never } }
    expect(decodeError(value.error).message).toContain(error.message)
  })
})

test('what is wrong with a batch in any case is told at once', async () => {
  const { rig } = failing(new RinglogError('INVALID_TIMESTAMP', 'no'))
  const answer = new LaneAnswer()
  const writer = laneTo(rig)
  await settle()
  expect(writer.readAnswer(answer)).toBe(true)
  expect(answer.error!.code).toBe('INVALID_TIMESTAMP')
})
