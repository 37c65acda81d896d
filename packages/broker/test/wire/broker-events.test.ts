import { RinglogError, type BlockedEvent, type EvictedEvent } from '@ringlog/core'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { receiveEvents } from '../../src/client/receive-events.ts'
import { BrokerEvents } from '../../src/controller/broker-events.ts'

function connect(): { events: BrokerEvents; errors: RinglogError[]; idle: () => Promise<void> } {
  const { port1, port2 } = new MessageChannel()
  const errors: RinglogError[] = []
  receiveEvents(port1, (error) => errors.push(error))
  const events = new BrokerEvents(port2)
  onTestFinished(() => events.close())
  return { events, errors, idle: () => new Promise((resolve) => setTimeout(resolve, 20)) }
}

test('errors arrive whole; those that are not ours are wrapped', async () => {
  const { events, errors, idle } = connect()
  events.error(new RinglogError('WORKER_CRASHED', 'gone', { details: { exitCode: 3 } }))
  events.error(new TypeError('what'))
  await idle()
  expect(errors).toMatchObject([
    { code: 'WORKER_CRASHED', message: 'gone', details: { exitCode: 3 } },
    { code: 'UNKNOWN_SERVER_ERROR', message: 'what', cause: { name: 'TypeError' } },
  ])
})

const blocked = (partition: number): BlockedEvent => ({
  topic: 'orders',
  partition,
  isBlocked: true,
  blockedMs: 0,
  waitingAppends: 1,
  holder: null,
})

const evicted = (partition: number, unreadRecords: number): EvictedEvent => ({
  topic: 'orders',
  partition,
  records: 10,
  unreadRecords,
  expiredRecords: 0,
  logStartOffset: 10,
})

test('an event reaches those who subscribe to its channel, and nobody else', async () => {
  const { events, errors, idle } = connect()
  const seen: unknown[] = []
  const onEvent = (event: unknown, name: unknown): void => void seen.push([name, event])
  events.publish('blocked', blocked(1))
  await idle()
  subscribe('ringlog:blocked', onEvent)
  events.publish('blocked', blocked(2))
  events.publish('evicted', evicted(3, 0))
  await idle()
  unsubscribe('ringlog:blocked', onEvent)
  events.publish('blocked', blocked(4))
  await idle()
  expect(seen).toEqual([['ringlog:blocked', blocked(2)]])
  expect(errors).toEqual([])
})

test('the process is warned once of what is evicted unread', async () => {
  const warnings: Array<Error & { code?: string }> = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  const { events, idle } = connect()
  events.publish('evicted', evicted(1, 0))
  await idle()
  expect(warnings).toEqual([])
  events.publish('evicted', evicted(2, 7))
  events.publish('evicted', evicted(3, 7))
  await idle()
  expect(warnings).toMatchObject([
    {
      name: 'RinglogWarning',
      code: 'RINGLOG_EVICTED_UNREAD',
      message: expect.stringContaining('orders-2 evicts records that nobody has read') as string,
    },
  ])
})
