import { RinglogError } from '@ringlog/core'
import { createLaneMemory, monotonicMs } from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { SupervisedRig, moveTo, readerOf } from './supervised-rig.ts'

const CLOSED = new RinglogError('BROKER_CLOSED')
const SESSION = {}

function laneOf(rig: SupervisedRig, laneId: string) {
  const { port1, port2 } = new MessageChannel()
  const lane = { laneId, memory: createLaneMemory(8_192), producerDoorbell: rig.doorbell.memory }
  return { lane, port1, port2 }
}

describe('a worker that dies is followed by one that has', () => {
  test('lanes of a session that ended while no worker ran: none', async () => {
    const rig = await SupervisedRig.start()
    const { lane, port2 } = laneOf(rig, 'lane')
    await rig.worker.connectProducer({ clientId: 'p', lane }, port2, SESSION)
    void rig.kill()
    await until(() => rig.crashes.length === 1)
    await rig.worker.closeLanesOf(SESSION)
    expect(await rig.worker.reconnectLane('lane', 'p', new MessageChannel().port2)).toBe(false)
  })
})

describe('a partition whose workers keep dying', () => {
  test('a lane that was given up is not tied again', async () => {
    const rig = await SupervisedRig.start(0)
    const { lane, port2 } = laneOf(rig, 'lane')
    await rig.worker.connectProducer({ clientId: 'p', lane }, port2, SESSION)
    await rig.kill()
    await until(() => !rig.worker.isOnline)
    await rig.worker.restart()
    expect(await rig.worker.reconnectLane('lane', 'p', new MessageChannel().port2)).toBe(false)
  })

  test('as soon as they start is offline after as many attempts', async () => {
    const rig = await SupervisedRig.start(3)
    process.on('worker', endAtOnce)
    try {
      await rig.kill()
      await until(() => !rig.worker.isOnline)
    } finally {
      process.off('worker', endAtOnce)
    }
    expect(rig.worker.restarts).toBe(3)
    expect(rig.crashes).toHaveLength(4)
    expect(rig.threads).toHaveLength(4)
    expect(rig.ends).toBe(4)
    await rig.worker.restart()
    await rig.counts()
  })
})

function endAtOnce(thread: Worker): void {
  void thread.terminate()
}

describe('a partition that is closed while its worker is restarted', () => {
  test('ends, has no thread left, and starts none', async () => {
    const rig = await SupervisedRig.start()
    const { worker } = rig
    await worker.openReader(readerOf('a'))
    await rig.kill()
    const waiting = Promise.allSettled([
      worker.openReader(readerOf('b')),
      worker.deleteRecords(0),
      worker.restart(),
      worker.reconnectLane('lane', 'p', new MessageChannel().port2),
    ])
    const moving = worker.moveGroupGate(moveTo(null))
    const closing = worker.closeReader('a')
    await worker.close(monotonicMs() + 1_000, CLOSED)
    for (const outcome of await waiting) {
      expect(outcome).toEqual({ status: 'rejected', reason: CLOSED })
    }
    expect(await moving).toEqual({ offset: 0, isCommitted: false })
    await closing
    await worker.ended
    await expect(worker.restart()).rejects.toBe(CLOSED)
    expect(rig.threads.length).toBeLessThanOrEqual(2)
    expect(rig.threads.every(({ threadId }) => threadId === -1)).toBe(true)
    expect(rig.restarts).toEqual([])
    await worker.close(monotonicMs() + 1_000, CLOSED)
  })

  test('before the next attempt starts none', async () => {
    const rig = await SupervisedRig.start(1_000)
    process.on('worker', endAtOnce)
    await rig.kill()
    await until(() => rig.crashes.length > 4)
    process.off('worker', endAtOnce)
    await rig.worker.terminate()
    const { length } = rig.threads
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(rig.threads).toHaveLength(length)
    expect(rig.worker.isOnline).toBe(false)
  })
})
