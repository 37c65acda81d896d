import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Connection } from '@platformatic/kafka'
import { SEED, seededRandom } from '@ringlog/test-kit'
import { expect, onTestFinished, test } from 'vitest'
import type { ClusterApi } from '../../src/connection/cluster-api.ts'
import { RequestPipeline } from '../../src/connection/request-pipeline.ts'
import { loadKafka } from '../../src/load-kafka.ts'

const kafka = await loadKafka()
/** Of a request, after its length: two numbers of its kind, its own, and who asks. */
const HEADER_BYTES = 8 + 2 + 'test'.length
const NUMBER_BYTE = 4
/** More than two sockets and what lies between them hold. */
const MORE_THAN_SOCKETS_HOLD = 32 * 1024 * 1024
const QUICK_MS = 200

/** Its request is some bytes; its response is told as text. */
const echo = kafka.createAPI<[body: Buffer], string>(
  77,
  0,
  (body: Buffer) => kafka.Writer.create().append(body),
  (_number, _key, _version, reader) => reader.buffer.slice(reader.position).toString(),
  false,
  false,
)

/** Nothing is answered. */
const tell = kafka.createAPI<[body: Buffer], undefined>(
  78,
  0,
  (body: Buffer) => {
    const writer = kafka.Writer.create().append(body)
    writer.context['noResponse'] = true
    return writer
  },
  () => undefined,
  false,
  false,
)

/** A pipeline, and the other end of its connection. */
async function open(requestTimeoutMs = 10_000): Promise<{
  pipeline: RequestPipeline
  connection: Connection
  peer: Socket
}> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const connection = new kafka.Connection('test')
  connection.on('error', () => undefined)
  const accepted = once(server, 'connection')
  const at = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  await connection.connect(at.host, at.port)
  const [peer] = (await accepted) as [Socket]
  peer.on('error', () => undefined)
  onTestFinished(() => void peer.destroy())
  const pipeline = new RequestPipeline(connection, {
    kafka,
    at,
    clientId: 'test',
    requestTimeoutMs,
  })
  return { pipeline, connection, peer }
}

function ask<Response>(
  pipeline: RequestPipeline,
  api: ClusterApi<[Buffer], Response>,
  body: Buffer | string,
): Promise<Response> {
  const call = promisify(api) as unknown as (of: unknown, body: Buffer) => Promise<Response>
  return call(pipeline, typeof body === 'string' ? Buffer.from(body) : body)
}

/** Calls with each request that comes, without its length. */
function onRequest(peer: Socket, call: (request: Buffer) => void): void {
  let bytes = Buffer.alloc(0)
  peer.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
      const end = 4 + bytes.readInt32BE(0)
      const request = bytes.subarray(4, end)
      bytes = bytes.subarray(end)
      call(request)
    }
  })
}

function response(number: number, body: string): Buffer {
  const header = Buffer.alloc(8)
  header.writeInt32BE(4 + Buffer.byteLength(body), 0)
  header.writeInt32BE(number, 4)
  return Buffer.concat([header, Buffer.from(body)])
}

/** Of a request without its length. */
function numberOf(request: Buffer): number {
  return request.readInt32BE(NUMBER_BYTE)
}

test('what a request has no room for is refused, and is no matter of the connection', async () => {
  const { pipeline, peer } = await open()
  const short = kafka.createAPI<[text: Buffer], string>(
    79,
    0,
    (text: Buffer) => kafka.Writer.create().appendString(text.toString(), false),
    () => '',
    false,
    false,
  )
  await expect(ask(pipeline, short, 'x'.repeat(2 ** 16))).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining('cannot be written'),
  })
  onRequest(peer, (request) => peer.write(response(numberOf(request), 'goes on')))
  expect(await ask(pipeline, echo, 'x')).toBe('goes on')
})

test(`answers come to their requests, in whatever pieces; seed ${SEED}`, async () => {
  const random = seededRandom(SEED)
  const { pipeline, peer } = await open()
  const bodies = Array.from({ length: 40 }, (_, i) => `${i} ${'x'.repeat(random() * 20_000)}`)
  const answers = Promise.all(bodies.map((body) => ask(pipeline, echo, body)))
  const requested: string[] = []
  let bytes = Buffer.alloc(0)
  await new Promise<void>((resolve) => {
    onRequest(peer, (request) => {
      const body = request.toString('latin1').slice(HEADER_BYTES)
      bytes = Buffer.concat([bytes, response(numberOf(request), body)])
      if (requested.push(body) === bodies.length) resolve()
    })
  })
  expect(requested).toEqual(bodies)
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(random() * (random() < 0.5 ? 8 : 60_000))
    await promisify((piece: Buffer, done: () => void) => peer.write(piece, done))(
      bytes.subarray(at, end),
    )
    if (random() < 0.5) await sleep(0)
    at = end
  }
  expect(await answers).toEqual(bodies)
})

test('a request that is not answered has left when it is over: its memory may be used again', async () => {
  const { pipeline, peer } = await open()
  peer.pause()
  const body = Buffer.alloc(MORE_THAN_SOCKETS_HOLD, 'a')
  let isOver = false
  const told = ask(pipeline, tell, body).then(() => {
    isOver = true
    body.fill('b')
  })
  await sleep(QUICK_MS)
  expect(isOver).toBe(false)
  let count = 0
  peer.on('data', (chunk: Buffer) => {
    count += chunk.length
    expect(chunk.includes('b')).toBe(false)
  })
  peer.resume()
  await told
  while (count < body.length) await sleep(1)
})

test('an answer that is late ends the connection: what waits behind it is lost as well', async () => {
  const { pipeline, peer } = await open(QUICK_MS)
  peer.resume()
  const late = ask(pipeline, echo, 'late')
  await sleep(QUICK_MS / 2)
  const behind = ask(pipeline, echo, 'behind')
  expect(await Promise.allSettled([late, behind])).toMatchObject([
    {
      reason: {
        code: 'REQUEST_TIMED_OUT',
        message: expect.stringMatching(/^broker 127.0.0.1:\d+ did not answer within 200 ms$/),
      },
    },
    { reason: { message: 'Connection closed' } },
  ])
  expect(pipeline.isOpen).toBe(false)
  await expect(ask(pipeline, echo, 'after')).rejects.toThrow('Connection closed')
})

test('what nobody answers fails where the socket does not take it in time', async () => {
  const { pipeline, peer } = await open(QUICK_MS)
  peer.pause()
  const told = ask(pipeline, tell, Buffer.alloc(MORE_THAN_SOCKETS_HOLD))
  await expect(told).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
})

test.each([
  ['to what was not asked', (number: number) => response(number + 1, 'x'), /was not asked/],
  ['of no length', () => Buffer.from('ffffffff00000000', 'hex'), /no response has this length/],
  ['too short', () => Buffer.from('0000000300000000', 'hex'), /no response has this length/],
])('an answer %s ends the connection, and says so', async (_, answer, cause) => {
  const { pipeline, peer } = await open()
  const asked = ask(pipeline, echo, 'a')
  onRequest(peer, (request) => void peer.write(answer(numberOf(request))))
  const error = (await asked.catch((reason: unknown) => reason)) as Error
  expect(error.message).toBe('Connection closed')
  expect(String((error.cause as Error).cause)).toMatch(cause)
})

test('an answer that cannot be read is the error of its request alone', async () => {
  const { pipeline, peer } = await open()
  const unreadable = kafka.createAPI<[body: Buffer], never>(
    79,
    0,
    (body: Buffer) => kafka.Writer.create().append(body),
    () => {
      throw new RangeError('unreadable')
    },
    false,
    false,
  )
  const first = ask(pipeline, unreadable, 'a').catch((reason: unknown) => reason)
  const second = ask(pipeline, echo, 'b')
  onRequest(peer, (request) => void peer.write(response(numberOf(request), 'answered')))
  expect(await first).toMatchObject({ message: 'unreadable' })
  expect(await second).toBe('answered')
})

test('a request that cannot be written is its own error, and nothing leaves', async () => {
  const { pipeline } = await open()
  const unwritable = kafka.createAPI<[body: Buffer], never>(
    80,
    0,
    () => {
      throw new RangeError('unwritable')
    },
    () => undefined as never,
  )
  await expect(ask(pipeline, unwritable, 'a')).rejects.toThrow('unwritable')
  expect(pipeline.isOpen).toBe(true)
})
