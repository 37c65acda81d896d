import { Consumer } from '@ringlog/consumer'
import { connect as connectTcp, createServer, type AddressInfo, type Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectCluster } from '../src/index.ts'
import {
  KAFKA,
  connect,
  createTopic,
  describeOnKafka,
  freshTopic,
  producerOn,
} from './kafka-rig.ts'

/** Leads from a port of the loopback to Kafka. */
function listen(port: number): Promise<Server> {
  const [host, kafkaPort] = KAFKA!.bootstrapServers.split(':') as [string, string]
  const server = createServer((client) => {
    const broker = connectTcp(Number(kafkaPort), host)
    for (const socket of [client, broker]) socket.on('error', () => undefined)
    client.pipe(broker).pipe(client)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

/** An address of the loopback where nobody listens until `open` is called; then it leads to Kafka. */
async function laterAddress(): Promise<{ address: string; open: () => Promise<void> }> {
  const first = await listen(0)
  const { port } = first.address() as AddressInfo
  await new Promise((resolve) => first.close(resolve))
  return {
    address: `127.0.0.1:${port}`,
    open: async () => {
      const server = await listen(port)
      onTestFinished(() => void server.close())
    },
  }
}

describeOnKafka('a program that is started before its cluster', () => {
  test('waits for it, and for its topic, and then works', async () => {
    const { address, open } = await laterAddress()
    const topic = freshTopic()
    const working = (async () => {
      await using client = await connectCluster({ bootstrapServers: address, retryBackoffMs: 20 })
      const consumer = new Consumer(client, { groupId: topic, autoOffsetReset: 'earliest' })
      await consumer.subscribe([topic])
      const sent = producerOn(client).send({ topic, value: 'first' })
      const values: string[] = []
      while (values.length === 0) {
        for (const { value } of await consumer.poll({ timeoutMs: 100 })) values.push(String(value))
      }
      return { values, offset: (await sent).offset }
    })()
    await new Promise((resolve) => setTimeout(resolve, 300))
    await open()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const admin = await connect()
    await admin.createTopic(topic)
    onTestFinished(() => admin.deleteTopic(topic).catch(() => undefined))
    expect(await working).toEqual({ values: ['first'], offset: 0 })
  })

  test('goes on where the first of its servers never comes', async () => {
    const { address } = await laterAddress()
    const client = await connect({ bootstrapServers: [address, KAFKA!.bootstrapServers] })
    const topic = await createTopic(client)
    expect(await producerOn(client).send({ topic, value: 'a' })).toMatchObject({ offset: 0 })
  })
})
