import { connect } from '@ringlog/broker'
import {
  CLIENT_HANDLE,
  engineOf,
  type ClientHandle,
  type HandleHolder,
  type LogClient,
} from '@ringlog/core/internal'
import { expect, onTestFinished, test } from 'vitest'
import { ConsumerPool } from '../src/index.ts'
import type { ReopeningData } from './reopening.ts'
import { GROUP, Rig, TOPIC, handlerFile } from './rig.ts'

const moduleUrl = new URL('reopening.ts', import.meta.url).href

/** A client of the test's own: what it says of how to open it again is not what a broker's says. */
function clientOf(rig: Rig, handle: ClientHandle): LogClient {
  const own: HandleHolder = { [CLIENT_HANDLE]: handle }
  return new Proxy<LogClient>(rig.broker, {
    get: (broker, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(own, name) ? own : broker, name)
      return typeof value === 'function' ? (value.bind(broker) as unknown) : value
    },
  })
}

function handleOf(rig: Rig, greeting: string, module: string | null = moduleUrl): ClientHandle {
  const data: ReopeningData = { address: rig.broker.address, greeting }
  return { module, data }
}

test('each thread of a pool opens the client again by the module that its handle names', async () => {
  const rig = await Rig.start()
  const client = clientOf(rig, handleOf(rig, 'hello'))
  const pool = await ConsumerPool.start(client, {
    groupId: GROUP,
    topics: [TOPIC],
    handler: handlerFile('returning'),
    threads: 2,
  })
  onTestFinished(() => pool.close().catch(() => undefined))
  expect(await pool.run({ topic: TOPIC, value: 'number' })).toBe(1.5)
  await pool.close()
  const done = await rig.done()
  expect(done.map(({ what }) => what)).toEqual(['hello', 'hello'])
  expect(new Set(done.map(({ threadIndex }) => threadIndex)).size).toBe(2)
})

test('a handle says in words what is wrong with its module', async () => {
  const rig = await Rig.start()
  const config = { groupId: GROUP, topics: [TOPIC], handler: handlerFile('returning'), threads: 1 }
  for (const [module, words] of [
    [new URL('missing.ts', import.meta.url).href, 'could not be loaded'],
    [new URL('rig.ts', import.meta.url).href, 'must export reopenClient'],
  ] as const) {
    const client = clientOf(rig, handleOf(rig, '', module))
    await expect(ConsumerPool.start(client, config)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(words),
    })
  }
})

test('connect takes the handle of a client as well as the address of a broker', async () => {
  const rig = await Rig.start()
  const { address } = rig.broker
  for (const handle of [handleOf(rig, 'hello'), { module: null, data: address }]) {
    const client = await connect(handle)
    onTestFinished(() => client.close())
    expect(engineOf(client).closedError()).toBeNull()
    expect(client.address).toEqual(address)
  }
})
