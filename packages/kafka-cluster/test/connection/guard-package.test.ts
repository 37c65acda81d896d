import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { connectCluster, type ClusterConfig, type ClusterSasl } from '../../src/index.ts'
import { API_VERSIONS, playedServer } from '../played-broker.ts'

// What the package throws on bytes of a peer reaches nobody: vitest fails then for an uncaught exception.

const SASL_HANDSHAKE = 17
const SCRAM: ClusterSasl = { mechanism: 'SCRAM-SHA-256', username: 'alice', password: 'secret' }

function response(number: number, ...body: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(8), ...body])
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt32BE(number, 4)
  return bytes
}

/** The versions of `SaslAuthenticate` alone: the oldest. */
function versions(number: number): Buffer {
  return response(number, Buffer.from([0, 0, 0, 0, 0, 1, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0]))
}

/** Plays a server with SASL, which says this to what a client begins with. */
function saying(text: (clientNonce: string) => string): Promise<string> {
  return playedServer(({ key, number, body }, socket) => {
    if (key === API_VERSIONS) socket.write(versions(number))
    else if (key === SASL_HANDSHAKE) socket.write(response(number, Buffer.alloc(6)))
    else {
      const nonce = /r=([\w-]+)/.exec(body.toString('latin1'))?.[1] ?? ''
      const said = Buffer.from(text(nonce))
      const length = Buffer.alloc(4)
      length.writeInt32BE(said.length)
      socket.write(response(number, Buffer.from([0, 0, 255, 255]), length, said))
    }
  })
}

function connecting(at: string, config: Partial<ClusterConfig> = {}): Promise<unknown> {
  const limits = { connectTimeoutMs: 5_000, defaultApiTimeoutMs: 300, retryBackoffMs: 1 }
  return connectCluster({ bootstrapServers: at, ...limits, ...config })
}

test.each<[string, readonly number[][], RegExp]>([
  ['a length of nothing', [[0, 0, 0, 0, 1, 2]], /not Kafka/],
  [
    'a length of nothing, in pieces',
    [
      [0, 0, 0],
      [0, 1],
    ],
    /not Kafka/,
  ],
  ['a negative length, in pieces', [[255], [255, 255, 255, 1, 2, 3, 4, 5]], /not Kafka/],
  ['HTTP, in pieces', [[...Buffer.from('HT')], [...Buffer.from('TP/1.1 400')]], /an HTTP server/],
])('a peer that answers %s is found to be no Kafka at once', async (_, pieces, message) => {
  const at = await playedServer((__, socket) => {
    socket.write(Buffer.from(pieces[0]!))
    if (pieces[1] !== undefined) setTimeout(() => socket.write(Buffer.from(pieces[1]!)), 50)
  })
  await expect(connecting(at)).rejects.toMatchObject({
    code: 'NETWORK_EXCEPTION',
    message: expect.stringMatching(message),
    details: { broker: at },
  })
})

test.each<[string, (nonce: string) => string]>([
  ['noise', () => '!!!'],
  ['no nonce', () => 's=AAAA,i=4096'],
  ['no salt', (nonce) => `r=${nonce}x,i=4096`],
])('a peer that says %s where a user is to be authenticated is refused', async (_, text) => {
  const at = await saying(text)
  await expect(connecting(at, { sasl: SCRAM })).rejects.toMatchObject({
    message: expect.stringContaining(
      `broker ${at} cannot be connected to: what it answered cannot be read`,
    ),
  })
})

test('a length of nothing where a user is to be authenticated ends the connection', async () => {
  const at = await playedServer(({ key, number }, socket) => {
    socket.write(key === API_VERSIONS ? versions(number) : Buffer.from([0, 0, 0, 0, 9]))
  })
  await expect(connecting(at, { sasl: SCRAM })).rejects.toMatchObject({
    message: expect.stringContaining('no response has this length: 0'),
  })
})

test.each<[string, ClusterSasl, string]>([
  [
    'a username that is no text',
    { ...SCRAM, username: () => 42 as unknown as string },
    'sasl.username() must return a string, returned number',
  ],
  [
    'a password that is none, later',
    { ...SCRAM, password: () => Promise.resolve(null as unknown as string) },
    'sasl.password() must return a string, returned null',
  ],
  [
    'an error',
    {
      mechanism: 'GSSAPI',
      authenticate: () => {
        throw new Error('no ticket')
      },
    },
    'no ticket',
  ],
  [
    'a rejection',
    {
      mechanism: 'GSSAPI',
      // eslint-disable-next-line typescript/no-misused-promises -- as a user may
      authenticate: () => Promise.reject(new Error('no ticket yet')),
    },
    'no ticket yet',
  ],
])(
  'a function of the user’s that gives %s fails the connection alone',
  async (_, sasl, message) => {
    const at = await saying(() => '')
    await expect(connecting(at, { sasl })).rejects.toThrow(message)
  },
)

test('the name that ssl gives is the one that the server is asked for', async () => {
  const asked: string[] = []
  const server = createServer({
    SNICallback: (name, call) => {
      asked.push(name)
      call(new Error('there is no certificate'))
    },
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => void server.listen(0, 'localhost', resolve))
  onTestFinished(() => void server.close())
  const at = `localhost:${(server.address() as AddressInfo).port}`
  await expect(connecting(at, { ssl: true })).rejects.toThrow()
  await expect(connecting(at, { ssl: { servername: 'kafka.example' } })).rejects.toThrow()
  expect([...new Set(asked)]).toEqual(['localhost', 'kafka.example'])
})
