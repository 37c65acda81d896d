import { VirtualClock } from '@ringlog/core/testing'
import { isSettled } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf } from './rig.ts'

/** A log whose time passes only when a test says so. */
class TimedLog extends MemoryLog {
  override readonly clock = new VirtualClock()

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }
}

test('a poll waits on the clock of its engine', async () => {
  const log = new TimedLog()
  const consumer = await consumerOf(log)
  const polled = consumer.poll({ timeoutMs: 60_000 })
  await log.advance(59_999)
  expect(await isSettled(polled)).toBe(false)
  await log.advance(1)
  expect((await polled).count).toBe(0)
})

test('automatic commits, and metrics, go by the clock of the engine', async () => {
  const log = new TimedLog()
  const consumer = await consumerOf(log, { groupId: 'g', autoCommitIntervalMs: 60_000 })
  await consumer.poll({ timeoutMs: 0 }) // the interval begins
  log.first.appendValues('a', 'b')
  await consumer.poll()
  log.first.appendValues('c')
  await log.advance(59_999)
  await consumer.poll()
  expect(log.first.commits.committed).toBeNull()
  log.first.appendValues('d')
  await log.advance(1)
  await consumer.poll()
  expect(log.first.commits.committed).toBe(3)
  await log.advance(5_000)
  expect(consumer.metrics().lastPollSecondsAgo).toBe(5)
})

test('close() waits on the clock of the engine', async () => {
  const log = new TimedLog()
  const consumer = await consumerOf(log)
  log.closePartitions = () => new Promise(() => undefined)
  const closing = consumer.close({ timeoutMs: 60_000 })
  expect(await isSettled(closing)).toBe(false)
  await log.advance(60_000)
  await closing
})
