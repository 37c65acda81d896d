import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Consumer } from '@ringlog/consumer'
import { expect, onTestFinished, test } from 'vitest'
import { KAFKA, connect, createTopic, describeOnKafka, producerOn } from './kafka-rig.ts'

const ADMIN = { mechanism: 'PLAIN', username: 'admin', password: 'secret' } as const
/** Two and a half times the sessions of the tests' Kafka. */
const RUN_MS = 6_000

describeOnKafka('a session that ends', () => {
  test('is renewed on its connection, while requests are on their way', async () => {
    const topic = await createTopic(await connect())
    const client = await connect({ bootstrapServers: KAFKA!.saslServers!, sasl: ADMIN })
    const producer = producerOn(client, { batchSizeBytes: 1_024 })
    const consumer = new Consumer(client)
    onTestFinished(() => consumer.close())
    await consumer.assign([{ topic, partition: 0 }])
    const errors: unknown[] = []
    await producer.send({ topic, value: 'v0' })
    let sent = 1
    const sockets = countSockets()
    for (const endMs = performance.now() + RUN_MS; performance.now() < endMs;) {
      const burst = Array.from({ length: 50 }, () => producer.send({ topic, value: `v${sent++}` }))
      await Promise.all(burst).catch((error: unknown) => errors.push(error))
    }
    expect(errors).toEqual([])
    expect(sockets.count).toBe(0)
    const values: string[] = []
    while (values.length < sent) {
      for (const { value } of await consumer.poll()) values.push(String(value))
    }
    expect(values).toEqual(Array.from({ length: sent }, (_, i) => `v${i}`))
  })
})

/** Counts the sockets that are opened in this process from now on. */
function countSockets(): { count: number } {
  const sockets = { count: 0 }
  const onSocket = (): void => void sockets.count++
  subscribe('net.client.socket', onSocket)
  onTestFinished(() => void unsubscribe('net.client.socket', onSocket))
  return sockets
}
