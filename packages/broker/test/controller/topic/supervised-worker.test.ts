import { RinglogError } from '@ringlog/core'
import { Grant, createLaneMemory, monotonicMs } from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { SupervisedRig, moveTo, readerOf } from './supervised-rig.ts'

const CLOSED = new RinglogError('BROKER_CLOSED')
const SESSION = {}

function laneOf(rig: SupervisedRig, laneId: string) {
  const { port1, port2 } = new MessageChannel()
  const lane = {
    laneId,
    memory: createLaneMemory(8_192),
    producerDoorbell: rig.doorbell.memory,
    acks: 'all' as const,
  }
  return { lane, port1, port2 }
}

describe('a worker that dies is followed by one that has', () => {
  test('its readers, group gates and lanes, and none that are gone', async () => {
    const rig = await SupervisedRig.start()
    const { worker } = rig
    await worker.openReader(readerOf('a'))
    await worker.openReader(readerOf('gone'))
    await worker.closeReader('gone')
    const move = moveTo('owner', 0)
    await worker.moveGroupGate(move)
    const { lane, port1, port2 } = laneOf(rig, 'lane')
    await worker.connectProducer({ clientId: 'p', acks: 'all', lane }, port2, SESSION)
    await rig.kill()
    expect(await rig.counts()).toMatchObject({ readerCount: 2, gateCount: 2 })
    const again = new MessageChannel()
    expect(await worker.reconnectLane('lane', 'p', again.port2)).toBe(true)
    port1.close()
    again.port1.close()
    // The successor has heard that the producer is gone: the next one is not told of its lane.
    await until(async () => (await rig.counts()).producerCount === 0)
    await rig.kill()
    expect(await worker.reconnectLane('lane', 'p', new MessageChannel().port2)).toBe(false)
    expect(rig.crashes).toHaveLength(2)
    await until(() => rig.restarts.length === 2)
  })

  test('a reader that is opened and closed while the worker dies is in none', async () => {
    const rig = await SupervisedRig.start()
    const opening = rig.worker.openReader(readerOf('a'))
    const closing = rig.worker.closeReader('a')
    const staying = rig.worker.openReader(readerOf('b'))
    void rig.kill()
    await Promise.all([opening, closing, staying])
    expect(await rig.counts()).toMatchObject({ readerCount: 1, gateCount: 1 })
    await rig.kill()
    expect(await rig.counts()).toMatchObject({ readerCount: 1, gateCount: 1 })
  })

  test("a move of a group's gate that the worker did not answer, made once, with the offset that was committed", async () => {
    const rig = await SupervisedRig.start()
    const first = moveTo('a', 0)
    await rig.worker.moveGroupGate(first)
    expect(new Grant(first.memory, rig.memory, rig.doorbell).commit(0)).toBe(true)
    const second = moveTo('b')
    const moving = rig.worker.moveGroupGate(second)
    void rig.kill()
    expect(await moving).toEqual({ offset: 0, isCommitted: true })
    expect(new Grant(second.memory, rig.memory, rig.doorbell).committed).toBe(0)
    expect(await rig.counts()).toMatchObject({ gateCount: 1 })
  })

  test('lanes of a session that ended while no worker ran: none', async () => {
    const rig = await SupervisedRig.start()
    const { lane, port2 } = laneOf(rig, 'lane')
    await rig.worker.connectProducer({ clientId: 'p', acks: 'all', lane }, port2, SESSION)
    void rig.kill()
    await until(() => rig.crashes.length === 1)
    await rig.worker.closeLanesOf(SESSION)
    expect(await rig.worker.reconnectLane('lane', 'p', new MessageChannel().port2)).toBe(false)
  })
})

describe('a partition whose workers keep dying', () => {
  test('is offline, says why, and comes back with what it had', async () => {
    const rig = await SupervisedRig.start(1)
    const { worker } = rig
    await worker.openReader(readerOf('a'))
    await rig.kill()
    await rig.counts()
    await rig.kill()
    await until(() => !worker.isOnline)
    expect(rig.stateWord.isOffline).toBe(true)
    expect(rig.crashes.map(({ details }) => details['isOffline'])).toEqual([false, true])
    const why = { code: 'PARTITION_OFFLINE', cause: { code: 'WORKER_CRASHED' } }
    expect(() => worker.assertOnline()).toThrow(expect.objectContaining({ code: why.code }))
    const late = { ...readerOf('b'), start: 'latest' as const }
    expect(await worker.openReader(late)).toEqual({ startOffset: 0 }) // what it has can be read
    await expect(worker.deleteRecords(0)).rejects.toMatchObject(why)
    const { port2 } = new MessageChannel()
    await expect(
      worker.connectProducer({ clientId: 'p', acks: 'all', lane: null }, port2, SESSION),
    ).rejects.toMatchObject(why)
    expect(await worker.metrics(monotonicMs() + 100)).toBeNull()

    await Promise.all([worker.restart(), worker.restart()])
    expect(rig.stateWord.isOffline).toBe(false)
    expect(worker.restarts).toBe(2)
    expect(await rig.counts()).toMatchObject({ readerCount: 2, gateCount: 2 })
    // It has its restarts again.
    await rig.kill()
    await rig.counts()
  })

  test('what is done without a worker is known to the next', async () => {
    const rig = await SupervisedRig.start(0)
    const { worker } = rig
    await worker.openReader(readerOf('a'))
    await worker.openReader(readerOf('b'))
    await worker.moveGroupGate(moveTo('c', 0))
    await rig.kill()
    await until(() => !worker.isOnline)
    const closing = worker.closeReader('a')
    const parked = moveTo(null)
    const moving = worker.moveGroupGate(parked)
    const restarting = worker.restart()
    await Promise.all([closing, restarting])
    expect(await moving).toEqual({ offset: 0, isCommitted: true })
    expect(await rig.counts()).toMatchObject({ readerCount: 2, gateCount: 2 })
    await worker.closeReader('c')
    expect(await rig.counts()).toMatchObject({ readerCount: 1, gateCount: 2 })
    await rig.kill()
    await until(() => !worker.isOnline)
    await worker.removeGroupGate('billing')
    await worker.restart()
    expect(await rig.counts()).toMatchObject({ readerCount: 1, gateCount: 1 })
  })

  test('a lane that was given up is not tied again', async () => {
    const rig = await SupervisedRig.start(0)
    const { lane, port2 } = laneOf(rig, 'lane')
    await rig.worker.connectProducer({ clientId: 'p', acks: 'all', lane }, port2, SESSION)
    await rig.kill()
    await until(() => !rig.worker.isOnline)
    await rig.worker.restart()
    expect(await rig.worker.reconnectLane('lane', 'p', new MessageChannel().port2)).toBe(false)
  })

  test('as soon as they start is offline after as many attempts', async () => {
    const rig = await SupervisedRig.start(3)
    await whileWorkersEndAtOnce(async () => {
      await rig.kill()
      await until(() => !rig.worker.isOnline)
    })
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

/** Every worker that is started meanwhile ends before it is there. */
async function whileWorkersEndAtOnce(work: () => Promise<void>): Promise<void> {
  process.on('worker', endAtOnce)
  try {
    await work()
  } finally {
    process.off('worker', endAtOnce)
  }
}

describe('workers that keep dying while the broker closes', () => {
  test('are given up once three in a row have appended nothing', async () => {
    const rig = await SupervisedRig.start(1_000)
    rig.worker.expectClosing()
    await whileWorkersEndAtOnce(async () => {
      await rig.kill()
      await until(() => !rig.worker.isOnline)
    })
    expect(rig.threads).toHaveLength(4)
    expect(rig.crashes.at(-1)!.message).toMatch(/offline: the broker closes.*3 workers in a row/)
  })

  test('are given up at once where the broker begins to close while the next is waited for', async () => {
    const rig = await SupervisedRig.start(1_000)
    await whileWorkersEndAtOnce(async () => {
      await rig.kill()
      await until(() => rig.crashes.length === 6) // the next attempt is made after 160 ms
    })
    rig.worker.expectClosing()
    expect(rig.worker.isOnline).toBe(false)
    expect(() => rig.worker.assertOnline()).toThrow(/the broker closes/)
  })
})

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
    await whileWorkersEndAtOnce(async () => {
      await rig.kill()
      await until(() => rig.crashes.length > 4)
    })
    await rig.worker.terminate()
    const { length } = rig.threads
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(rig.threads).toHaveLength(length)
    expect(rig.worker.isOnline).toBe(false)
  })
})
