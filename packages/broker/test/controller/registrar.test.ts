import { Doorbell, RinglogError } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import type { Partition } from '../../src/controller/topic/partition.ts'
import { Registrar, type SessionConsumer } from '../../src/controller/registrar.ts'
import type { TopicRegistry } from '../../src/controller/topic/topic-registry.ts'

/** As the layout of `doorbell.ts` has it. */
const PARKED_WORD = 32

/** A partition whose worker is asked to close a reader, and dies when the test says so. */
function dyingPartition(): { partition: Partition; die: () => void } {
  const closing = Promise.withResolvers<void>()
  const host = {
    state: 'ready',
    openReader: () => Promise.resolve({ startOffset: 0 }),
    closeReader: () => closing.promise,
  }
  const partition = {
    topic: 't',
    partition: 0,
    memory: new SharedArrayBuffer(8),
    workerDoorbell: new Doorbell(),
    stateWord: { isDeleted: false },
    host,
  }
  return {
    partition: partition as unknown as Partition,
    die: () => closing.reject(new RinglogError('WORKER_CRASHED')),
  }
}

describe('a consumer that closes its last partition', () => {
  test.each([true, false])(
    'is woken for the next although the worker died while it rang, whoever hears of that first: %j',
    async (isCrashNoticedFirst) => {
      const { partition, die } = dyingPartition()
      const topics = { partition: () => partition } as unknown as TopicRegistry
      const registrar = new Registrar(topics)
      const doorbell = new Doorbell()
      const consumer: SessionConsumer = {
        consumerId: 'a',
        clientId: 'a',
        doorbell: doorbell.memory,
        isGating: true,
        groupId: null,
        session: {},
      }
      await registrar.open(consumer, [{ topic: 't', partition: 0, start: 'earliest' }])
      let hasRecords = false
      const waiting = doorbell.waitAsync(() => hasRecords)
      const closing = registrar.close('a', [partition])
      // The worker takes PARKED, and dies there; that of the next partition appends, and wakes nobody.
      expect(Atomics.exchange(new Int32Array(doorbell.memory), PARKED_WORD, 0)).toBe(1)
      hasRecords = true
      doorbell.ring()
      if (isCrashNoticedFirst) registrar.ringAll()
      die()
      await closing
      if (!isCrashNoticedFirst) registrar.ringAll()
      expect(await waiting).toBe(true)
    },
  )
})
