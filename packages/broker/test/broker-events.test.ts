import { RinglogError } from '@ringlog/core'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { BrokerEvents, receiveEvents } from '../src/broker-events.ts'

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

test('an event reaches those who subscribe to its channel, and nobody else', async () => {
  const { events, errors, idle } = connect()
  const seen: unknown[] = []
  const onEvent = (event: unknown, name: unknown): void => void seen.push([name, event])
  events.publish('test' as never, { n: 1 } as never)
  await idle()
  subscribe('ringlog:test', onEvent)
  events.publish('test' as never, { n: 2 } as never)
  events.publish('other' as never, { n: 3 } as never)
  await idle()
  unsubscribe('ringlog:test', onEvent)
  events.publish('test' as never, { n: 4 } as never)
  await idle()
  expect(seen).toEqual([['ringlog:test', { n: 2 }]])
  expect(errors).toEqual([])
})
