import { once } from 'node:events'
import { Consumer } from '@ringlog/consumer'
import { RinglogError, type TopicPartition } from '@ringlog/core'
import { RingLogReader } from '@ringlog/core/internal'
import { expect, onTestFinished, test, vi } from 'vitest'
import { GroupLog, tick } from './group-log.ts'

/** A member that has partition 0, and what its listener is told. */
async function memberOf(log: GroupLog): Promise<{ consumer: Consumer; told: string[] }> {
  const consumer = new Consumer(log.client, { groupId: 'g' })
  onTestFinished(() => consumer.close())
  const told: string[] = []
  const tell = (what: string) => (partitions: TopicPartition[]) =>
    void told.push(`${what} ${partitions.map(({ partition }) => partition).join()}`)
  log.give(0)
  await consumer.subscribe(['t'], {
    onPartitionsAssigned: tell('assigned'),
    onPartitionsRevoked: tell('revoked'),
    onPartitionsLost: tell('lost'),
  })
  return { consumer, told }
}

test('takes up nothing of an answer that came after it was put out', async () => {
  const log = new GroupLog(2)
  const { consumer, told } = await memberOf(log)
  log.give(1)
  await consumer.poll({ timeoutMs: 0 })
  await tick() // the group has given it partition 1, and its answer is on its way
  expect(log.states[1]!.isMembers).toBe(true)
  log.fence('maxPollInterval')
  await tick()
  await consumer.poll({ timeoutMs: 10 })
  await consumer.poll({ timeoutMs: 10 })
  expect(told).toEqual(['assigned 0', 'lost 0', 'assigned 0,1'])
})

test('that closes while it joins says so to its group, and closes what it was granted', async () => {
  const log = new GroupLog(1)
  log.give(0)
  const joinGroup = vi.spyOn(log, 'joinGroup')
  const closeReader = vi.spyOn(RingLogReader.prototype, 'close')
  onTestFinished(() => closeReader.mockRestore())
  const consumer = new Consumer(log.client, { groupId: 'g' })
  const subscribing = expect(consumer.subscribe(['t'])).rejects.toMatchObject({
    code: 'CONSUMER_CLOSED',
  })
  await tick() // the group has given it the partition, and its answer is on its way
  const { signal } = joinGroup.mock.calls[0]![0]
  expect(signal.aborted).toBe(false)
  const closing = consumer.close()
  expect(signal.reason).toMatchObject({ code: 'CONSUMER_CLOSED' })
  await closing
  await subscribing
  expect(closeReader).toHaveBeenCalledTimes(1)
  expect(log.hasMember).toBe(false)
})

test('closes what came after it was put out', async () => {
  const log = new GroupLog(2)
  const { consumer } = await memberOf(log)
  log.give(1)
  await consumer.poll({ timeoutMs: 0 })
  await tick() // the group has given it partition 1, and its answer is on its way
  const closeReader = vi.spyOn(RingLogReader.prototype, 'close')
  onTestFinished(() => closeReader.mockRestore())
  log.fence('maxPollInterval')
  await tick()
  await consumer.poll({ timeoutMs: 10 })
  expect(closeReader).toHaveBeenCalledTimes(2) // partition 0, which it has lost, as well
})

test.each(['poll', 'pollSync'] as const)(
  'tells its group that it waits in %s, and no longer',
  async (how) => {
    const log = new GroupLog(1)
    const { consumer } = await memberOf(log)
    log.signs.length = 0
    await consumer[how]({ timeoutMs: 1 })
    expect(log.signs).toEqual(['beat', 'beginWaiting', 'beat']) // INV-34
  },
)

test('is no member any more for itself, where its group does not answer that it has left', async () => {
  const log = new GroupLog(1)
  const { consumer, told } = await memberOf(log)
  log.leaveError = new Error('no answer')
  await expect(consumer.unsubscribe()).rejects.toBe(log.leaveError)
  await expect(consumer.poll({ timeoutMs: 1 })).rejects.toMatchObject({ code: 'INVALID_STATE' })
  expect(told).toEqual(['assigned 0', 'revoked 0'])
})

test.each(['iterates', 'streams'] as const)(
  'is not taken for closed as it %s, where its listener throws that it is',
  async (how) => {
    const log = new GroupLog(1)
    const consumer = new Consumer(log.client, { groupId: 'g' })
    onTestFinished(() => consumer.close())
    log.give(0)
    const thrown = new RinglogError('CONSUMER_CLOSED')
    await consumer.subscribe(['t'], {
      onPartitionsRevoked: () => {
        throw thrown
      },
    })
    const records = how === 'iterates' ? consumer : consumer.toReadable()
    const next = (records as AsyncIterable<unknown>)[Symbol.asyncIterator]().next()
    log.take(0)
    await expect(next).rejects.toBe(thrown)
  },
)

test('warns of what its listener throws when nobody waits for that any more', async () => {
  const log = new GroupLog(1)
  const consumer = new Consumer(log.client, { groupId: 'g' })
  log.give(0)
  const thrown = new Error('after all')
  await consumer.subscribe(['t'], {
    onPartitionsRevoked: async () => {
      await consumer.close()
      throw thrown
    },
  })
  const warned = once(process, 'warning')
  log.take(0)
  await expect(consumer.poll()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
  expect(await warned).toEqual([thrown])
})
