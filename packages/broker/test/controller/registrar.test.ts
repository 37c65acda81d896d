import { Doorbell } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import type { Partition } from '../../src/controller/topic/partition.ts'
import { OfflineError } from '../../src/wire/offline-error.ts'
import { Registrar, type SessionConsumer } from '../../src/controller/registrar.ts'
import type { TopicRegistry } from '../../src/controller/topic/topic-registry.ts'

/** As the layout of `doorbell.ts` has it. */
const PARKED_WORD = 32

/** A partition whose worker is asked to close a reader, and has answered when the test says so. */
function closingPartition(): { partition: Partition; answer: () => void } {
  const closing = Promise.withResolvers<void>()
  const worker = {
    assertOnline: () => undefined,
    openReader: () => Promise.resolve({ startOffset: 0 }),
    closeReader: () => closing.promise,
  }
  const partition = {
    topic: 't',
    partition: 0,
    memory: new SharedArrayBuffer(8),
    directory: null,
    workerDoorbell: new Doorbell(),
    stateWord: { isDeleted: false },
    offlineError: new OfflineError(),
    worker,
  }
  return { partition: partition as unknown as Partition, answer: () => closing.resolve() }
}

test('a consumer that closes its last partition is woken for the next although the worker died while it rang', async () => {
  const { partition, answer } = closingPartition()
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
  registrar.ringAll()
  expect(await waiting).toBe(true)
  // Its successor confirms that it rings the consumer no more; then nobody does.
  answer()
  await closing
  const sequence = Atomics.load(new Int32Array(doorbell.memory), 0)
  registrar.ringAll()
  expect(Atomics.load(new Int32Array(doorbell.memory), 0)).toBe(sequence)
})
