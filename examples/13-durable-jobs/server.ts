/**
 * A server that accepts jobs and does them, and that may be killed at any moment: a job that was answered with 202
 * lies on disk, and is done by whoever starts next.
 */
import { appendFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { Broker, Producer, runConsumer } from 'ringlog'

const [dataDirectory, doneFile] = process.argv.slice(2) as [string, string]
const JOB_MS = 50

const broker = await Broker.start({ dataDirectory })
const topics = await broker.listTopics()
if (!topics.includes('jobs')) await broker.createTopic('jobs', { partitions: 2 })
const producer = new Producer(broker)
const runner = await runConsumer(broker, {
  groupId: 'workers',
  topics: ['jobs'],
  concurrency: 20,
  eachRecord: async ({ value }) => {
    await wait(JOB_MS)
    appendFileSync(doneFile, `${String(value)}\n`) // what the job is: outside of Ringlog
  },
})

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Resolves when the job is written to its file, which outlives this process.
  await producer.send({ topic: 'jobs', value: await buffer(request) })
  response.writeHead(202).end()
}

const server = createServer((request, response) => {
  respond(request, response).catch((error: unknown) => {
    console.error(error)
    response.writeHead(500).end()
  })
})
const terminated = once(process, 'SIGTERM')
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.({ port: (server.address() as AddressInfo).port })

await terminated
server.close()
await once(server, 'close')
await producer.flush()
await runner.drain()
await runner.close()
await broker.close()
process.disconnect?.()
