import { Broker } from '@ringlog/broker'
import { expect, test } from 'vitest'
import { postMessageToThread } from 'node:worker_threads'

test('the controller passes over what any thread may post to it', async () => {
  const broker = await Broker.start()
  try {
    const { controllerThreadId } = broker.address
    const connect = { type: 'ringlog:connect', brokerId: broker.address.brokerId }
    const messages = [null, undefined, 5, 'x', [], {}, connect, { ...connect, port: {} }]
    for (const message of messages) await postMessageToThread(controllerThreadId, message)
    expect(await broker.listTopics()).toEqual([])
  } finally {
    await broker.close()
  }
})
