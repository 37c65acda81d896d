import { Consumer, type ConsumerConfig } from '@ringlog/consumer'
import { isSettled, settle } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PlainLog } from './plain-log.ts'
import { valuesOf } from './rig.ts'

/** A consumer that has handed out one record, which is not committed yet. */
async function consumerOf(log: PlainLog, config: ConsumerConfig = {}): Promise<Consumer> {
  const consumer = new Consumer(log.client, { groupId: 'g', autoCommit: false, ...config })
  onTestFinished(() => answered(log, consumer.close()))
  await consumer.assign([log.at])
  log.append('a')
  expect(valuesOf(await consumer.poll())).toEqual(['a'])
  return consumer
}

/** Answers all commits until the call has come to its end. */
async function answered(log: PlainLog, call: Promise<void>): Promise<void> {
  while (!(await isSettled(call))) for (const commit of log.pending.splice(0)) commit.accept()
  await call
}

describe('a log made of plain objects', () => {
  test('is read, waited for and asked for offsets', async () => {
    const log = new PlainLog()
    const consumer = await consumerOf(log)
    const polled = consumer.poll()
    expect(await isSettled(polled)).toBe(false)
    log.append('b')
    expect(valuesOf(await polled)).toEqual(['b'])
    expect(consumer.lag(log.at)).toBe(0)
    expect(await consumer.endOffsets([log.at])).toEqual([{ ...log.at, offset: 2 }])
    await consumer.assign([])
    expect(await consumer.beginningOffsets([log.at])).toEqual([{ ...log.at, offset: 0 }])
  })

  test('is joined as a group', async () => {
    const log = new PlainLog()
    log.append('a')
    const consumer = new Consumer(log.client, { groupId: 'g' })
    onTestFinished(() => answered(log, consumer.close()))
    await consumer.subscribe(['t'])
    expect(valuesOf(await consumer.poll())).toEqual(['a'])
  })
})

describe('a log that answers commits later', () => {
  test('has commit() wait for the answer', async () => {
    const log = new PlainLog()
    const consumer = await consumerOf(log)
    const committing = consumer.commit([{ ...log.at, offset: 1, metadata: 'half' }])
    expect(await isSettled(committing)).toBe(false)
    expect(log.calls).toEqual(['commit 1'])
    log.pending[0]!.accept()
    await committing
    expect(log.calls).toEqual(['commit 1', 'describe'])
    expect(await consumer.committed(log.at)).toBe(1)
  })

  test('has commit() reject with what the log says', async () => {
    const log = new PlainLog()
    const consumer = await consumerOf(log)
    const refused = consumer.commit()
    log.pending.shift()!.refuse()
    await expect(refused).rejects.toMatchObject({ code: 'STALE_MEMBER_EPOCH' })
    const failed = consumer.commit()
    const error = new Error('no answer')
    log.pending.shift()!.fail(error)
    await expect(failed).rejects.toBe(error)
    const late = consumer.commit(undefined, { timeoutMs: 1 })
    await expect(late).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
  })

  test.each(['pollSync', 'commitSync'] as const)('refuses %s() in words', async (call) => {
    const log = new PlainLog()
    const consumer = await consumerOf(log)
    const inItsPlace = `await ${call.replace('Sync', '')}() instead`
    expect(() => consumer[call]()).toThrow(
      expect.objectContaining({
        code: 'INVALID_STATE',
        message: expect.stringContaining(inItsPlace),
      }),
    )
    expect(log.calls).toEqual([])
  })

  test('refuses commitSync() also where it serves a thread that blocks', async () => {
    const log = new PlainLog({ blocking: 'waits' })
    const consumer = await consumerOf(log)
    log.append('b')
    expect(valuesOf(consumer.pollSync())).toEqual(['b'])
    expect(() => consumer.commitSync()).toThrow(/await commit\(\) instead/)
  })

  test('has the next poll throw that an automatic commit was refused, or not answered', async () => {
    const log = new PlainLog()
    const consumer = await consumerOf(log, { autoCommit: true })
    await consumer.poll({ timeoutMs: 0 })
    log.pending.shift()!.refuse()
    await settle()
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'STALE_MEMBER_EPOCH' })
    const error = new Error('no answer')
    log.pending.shift()!.fail(error)
    await settle()
    await expect(consumer.poll()).rejects.toBe(error)
    await consumer.poll({ timeoutMs: 0 })
  })

  test.each([
    ['assign([])', 'close', (consumer: Consumer) => consumer.assign([])],
    ['close()', 'close', (consumer: Consumer) => consumer.close()],
  ])('has %s give partitions up when the last commit is answered', async (_, then, call) => {
    const log = new PlainLog()
    const consumer = await consumerOf(log, { autoCommit: true, autoCommitIntervalMs: 60_000 })
    await consumer.poll({ timeoutMs: 0 })
    const pending = log.pending.splice(0)
    const called = call(consumer)
    await settle()
    expect(log.calls).not.toContain(then)
    for (const commit of [...pending, ...log.pending.splice(0)]) commit.accept()
    await called
    expect(log.calls).toContain(then)
  })

  test.each([
    ['unsubscribe()', (consumer: Consumer) => consumer.unsubscribe()],
    ['close()', (consumer: Consumer) => consumer.close()],
  ])('has %s leave the group when the last commit is answered', async (_, call) => {
    const log = new PlainLog()
    log.append('a')
    const consumer = new Consumer(log.client, { groupId: 'g' })
    onTestFinished(() => answered(log, consumer.close()))
    await consumer.subscribe(['t'])
    await consumer.poll()
    const called = call(consumer)
    await settle()
    expect(log.calls).toEqual(['commit 1'])
    await answered(log, called)
    expect(log.calls.at(-1)).toBe('leave')
  })

  test('does not keep close() longer than it may wait', async () => {
    const log = new PlainLog()
    const consumer = await consumerOf(log, { autoCommit: true })
    await consumer.close({ timeoutMs: 1 })
    expect(log.pending).toHaveLength(1)
  })
})
