import { Doorbell, LANE_EMPTY, LaneReader, RinglogError } from '@ringlog/core/internal'
import { STORAGE_FAILED } from '@ringlog/core/internal/storage'
import { ProducerSession } from '@ringlog/partition-worker'
import { settle } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LaneService } from '../../src/lane-service.ts'
import { batchOf, deadline } from '../rig.ts'
import { DiskRig, ProducerLane } from './disk-rig.ts'

function serve(rig: DiskRig): LaneService {
  const service = new LaneService({ log: rig.log, doorbell: rig.doorbell, waitStrategy: 'park' })
  onTestFinished(() => service.close(new RinglogError('BROKER_CLOSED')))
  return service
}

interface ServedLane {
  readonly rig: DiskRig
  readonly service: LaneService
  readonly lane: ProducerLane
}

/** A lane that is served, with one batch appended and nothing acknowledged. */
async function serveWritten(acks?: 0 | 1): Promise<ServedLane> {
  const rig = new DiskRig()
  const service = serve(rig)
  const lane = new ProducerLane(acks)
  service.open(lane.connection)
  write(rig, lane)
  await settle()
  return { rig, service, lane }
}

function write(rig: DiskRig, lane: ProducerLane): void {
  const batch = batchOf(['v'])
  expect(lane.writer.tryWrite(batch, batch.length, deadline())).toBe(true)
  rig.doorbell.ring()
}

function append(session: ProducerSession): Promise<unknown> {
  const bytes = batchOf(['v'])
  const buffer = bytes.slice().buffer
  return session.append({ buffer, sizeBytes: bytes.length, ...deadline() })
}

describe('a worker that serves lanes', () => {
  test('is woken once by a ring, whether by a producer or by the storage thread', async () => {
    const { rig, lane } = await serveWritten()
    rig.acknowledgeAll()
    write(rig, lane)
    await settle()
    const waits = vi.spyOn(Atomics, 'waitAsync')
    onTestFinished(() => waits.mockRestore())
    rig.doorbell.ring()
    await settle()
    expect(waits).toHaveBeenCalledTimes(1)
  })
})

describe('a worker whose lanes are empty', () => {
  test('blocks for the disk where a producer waits for one answer, not where more is on its way', async () => {
    const blocking = vi.spyOn(Doorbell.prototype, 'waitBriefly')
    onTestFinished(() => blocking.mockRestore())
    const { rig, lane } = await serveWritten()
    expect(blocking).toHaveBeenCalled()
    write(rig, lane)
    await settle()
    blocking.mockClear()
    write(rig, lane)
    await settle()
    expect(rig.log.endOffset).toBe(3)
    expect(blocking).not.toHaveBeenCalled()
  })
})

describe('the answers of a lane', () => {
  test('wait for the high watermark (INV-90)', async () => {
    const rig = new DiskRig()
    const service = serve(rig)
    const lane = new ProducerLane()
    service.open(lane.connection)
    write(rig, lane)
    write(rig, lane)
    await settle()
    expect(rig.log.endOffset).toBe(2)
    expect(lane.offsetsRead()).toEqual([])
    rig.acknowledgeAll()
    await settle()
    expect(lane.offsetsRead()).toEqual([0, 1])
    write(rig, lane)
    await settle()
    expect(lane.offsetsRead()).toEqual([])
  })

  test('wake their producer when they are shown, not when they are given', async () => {
    const { rig, lane } = await serveWritten()
    write(rig, lane)
    await settle()
    expect(rig.log.endOffset).toBe(2)
    expect(lane.ringCount).toBe(0)
    rig.acknowledgeAll()
    await settle()
    expect(lane.ringCount).toBe(1)
  })

  test('wake their producer at once with acks 1', async () => {
    const { lane } = await serveWritten(1)
    expect(lane.ringCount).toBe(1)
  })

  test.each([0, 1] as const)('wait for nothing with acks %i', async (acks) => {
    const { lane } = await serveWritten(acks)
    expect(lane.offsetsRead()).toEqual([0])
  })

  test('stay held back by the successor of a worker that died', async () => {
    const rig = new DiskRig()
    const lane = new ProducerLane()
    const former = new LaneReader(lane.connection.memory, true)
    write(rig, lane)
    const { frame } = former
    expect(former.peek()).not.toBe(LANE_EMPTY)
    await rig.log.append(batchOf(['v']), frame)
    former.acknowledge(0, -1)
    expect(lane.offsetsRead()).toEqual([])

    const service = serve(rig)
    expect(service.takeOver([lane.connection])).toEqual([])
    await settle()
    expect(lane.offsetsRead()).toEqual([])
    rig.acknowledgeAll()
    await settle()
    expect(lane.offsetsRead()).toEqual([0])
  })

  test('that never come leave the producer in doubt, not with batches that are not in the log', async () => {
    const { service, lane } = await serveWritten()
    service.close(new RinglogError('BROKER_CLOSED'))
    expect(lane.offsetsRead()).toEqual([])
    expect(lane.writer.closedError).toMatchObject({ code: 'BROKER_CLOSED' })
    expect(lane.writer.hasLostAnswers).toBe(true)
  })

  test('that came before a lane is closed leave no doubt', async () => {
    const { rig, service, lane } = await serveWritten()
    rig.acknowledgeAll()
    await settle()
    service.close(new RinglogError('BROKER_CLOSED'))
    expect(lane.offsetsRead()).toEqual([0])
    expect(lane.writer.hasLostAnswers).toBe(false)
  })

  test('end with the disk: the lane is closed, and its batches are in doubt', async () => {
    const { rig, lane } = await serveWritten()
    rig.storage.setState(STORAGE_FAILED)
    rig.doorbell.ring()
    await settle()
    expect(lane.offsetsRead()).toEqual([])
    expect(lane.writer.closedError).toMatchObject({ code: 'KAFKA_STORAGE_ERROR' })
    expect(lane.writer.hasLostAnswers).toBe(true)
  })
})

describe('an answer by RPC', () => {
  test('waits for the high watermark with acks "all", and for nothing otherwise', async () => {
    const rig = new DiskRig()
    const settled: string[] = []
    const all = append(new ProducerSession(rig.log, 'all')).then(() => settled.push('all'))
    await append(new ProducerSession(rig.log, 1)).then(() => settled.push('1'))
    await settle()
    expect(settled).toEqual(['1'])
    rig.acknowledgeAll()
    await all
    expect(settled).toEqual(['1', 'all'])
  })

  test.each([
    ['KAFKA_STORAGE_ERROR', (rig: DiskRig): void => rig.storage.setState(STORAGE_FAILED)],
    ['BROKER_CLOSED', (rig: DiskRig): void => rig.log.close(new RinglogError('BROKER_CLOSED'))],
  ] as const)('that never comes rejects with %s: it may be in the log', async (code, end) => {
    const rig = new DiskRig()
    const answer = append(new ProducerSession(rig.log, 'all'))
    const outcome = expect(answer).rejects.toMatchObject({
      code,
      details: { isMaybeAppended: true },
    })
    await settle()
    end(rig)
    rig.doorbell.ring()
    await outcome
  })
})
