/**
 * An HTTP server that hands its work to a pool of threads:
 *
 * - `POST /jobs`: 202, it is taken and will be done; or 503, too much is waiting already.
 * - `POST /questions`: 200 with what the thread that was given it has answered.
 *
 * SIGTERM ends it: it takes no more, does what it has taken, and says what it did.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Broker, ConsumerPool, Producer, RinglogError } from 'ringlog'

const GROUP = 'workers'
const ANSWER_TIMEOUT_MS = 5_000
const DRAIN_TIMEOUT_MS = 20_000

const broker = await Broker.start()
// Small rings and buffers, so that the example soon has enough: a server would take the defaults.
const topic = { partitions: 2, ringBytes: 65_536, gatingGroups: [GROUP] }
await broker.createTopic('jobs', topic)
await broker.createTopic('questions', topic)
const producer = new Producer(broker, { batchSizeBytes: 4_096, bufferMemoryBytes: 65_536 })
const pool = await ConsumerPool.start(broker, {
  groupId: GROUP,
  topics: ['jobs', 'questions'],
  handler: new URL('./handler.ts', import.meta.url),
  threads: 2,
})

let accepted = 0

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const what = `${request.method} ${request.url}`
  if (what === 'POST /jobs') {
    const isTaken = producer.tryWrite({ topic: 'jobs', value: await buffer(request) })
    if (isTaken) accepted++
    else response.setHeader('retry-after', 1)
    response.writeHead(isTaken ? 202 : 503).end()
  } else if (what === 'POST /questions') {
    const question = { topic: 'questions', value: await buffer(request) }
    const answer = await pool.run(question, { timeoutMs: ANSWER_TIMEOUT_MS })
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  } else {
    response.writeHead(404).end()
  }
}

function refuse(error: unknown, response: ServerResponse): void {
  const isTooLarge = RinglogError.is(error, 'MESSAGE_TOO_LARGE')
  const isLate = RinglogError.is(error, 'REQUEST_TIMED_OUT')
  if (!isTooLarge && !isLate) console.error(error)
  if (response.headersSent) response.destroy()
  else response.writeHead(isTooLarge ? 413 : isLate ? 504 : 500).end()
}

const server = createServer((request, response) => {
  respond(request, response).catch((error: unknown) => refuse(error, response))
})
const terminated = once(process, 'SIGTERM')
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
console.log(`listening on port ${port}`)
process.send?.({ port })

await terminated
// The last response is sent when this is over, and no request comes any more.
server.close()
await once(server, 'close')
// The last job is in the log, or this rejects.
await producer.flush()
await pool.drain({ timeoutMs: DRAIN_TIMEOUT_MS })
await pool.close()
const offsets = await broker.offsets('jobs', GROUP)
const committed = offsets.reduce((sum, partition) => sum + (partition.committed ?? 0), 0)
await broker.close()
console.log(`${accepted} jobs accepted, ${committed} done and committed`)
process.send?.({ accepted, committed })
process.disconnect?.()
