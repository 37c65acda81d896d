import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectCluster, type ClusterConfig } from '../src/index.ts'
import { KAFKA, connect, createTopic, describeOnKafka } from './kafka-rig.ts'

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function sasl(password: string): Partial<ClusterConfig> {
  return {
    bootstrapServers: KAFKA!.saslServers!,
    sasl: { mechanism: 'PLAIN', username: 'alice', password },
  }
}

describe('a cluster that cannot be reached', () => {
  test('for a name that no host has, is refused at once, with the name', async () => {
    const connecting = connectCluster({ bootstrapServers: 'no-such-host.invalid:9092' })
    await expect(connecting).rejects.toMatchObject({
      code: 'NETWORK_EXCEPTION',
      message: expect.stringMatching(/^broker no-such-host\.invalid:9092 cannot be connected to: /),
      details: { broker: 'no-such-host.invalid:9092' },
    })
  })

  test('for nobody listens, is waited for, then refused with the address of each server', async () => {
    const server = createServer()
    const address = await listening(server)
    server.close()
    const bootstrapServers = [address, '127.0.0.1:1']
    const connecting = connectCluster({ bootstrapServers, defaultApiTimeoutMs: 300 })
    await expect(connecting).rejects.toMatchObject({
      code: 'BROKER_NOT_AVAILABLE',
      message: expect.stringContaining(
        `broker ${address} cannot be connected to: connect ECONNREFUSED`,
      ),
    })
  })

  test('for an HTTP server answers there, is refused at once, in those words', async () => {
    const address = await listening(createHttpServer())
    await expect(connectCluster({ bootstrapServers: address })).rejects.toMatchObject({
      code: 'NETWORK_EXCEPTION',
      message: expect.stringContaining(`broker ${address}`),
      cause: expect.objectContaining({ message: expect.stringContaining('an HTTP server') }),
    })
  })

  test('for what answers says nothing, is given up in bounded time', async () => {
    const server = createServer(() => undefined)
    const address = await listening(server)
    const connecting = connectCluster({
      bootstrapServers: address,
      connectTimeoutMs: 100,
      defaultApiTimeoutMs: 250,
    })
    await expect(connecting).rejects.toMatchObject({
      code: 'BROKER_NOT_AVAILABLE',
      message: expect.stringContaining('did not say within 100 ms what it speaks'),
    })
  })

  test.each<[string, unknown, RegExp]>([
    ['no servers', {}, /bootstrapServers must be given/],
    ['a server without port', { bootstrapServers: 'localhost' }, /"host:port" each/],
    ['a port that there is not', { bootstrapServers: ['localhost:0'] }, /from 1 to 65535/],
    [
      'another client’s option',
      { bootstrapServers: 'a:1', brokers: [] },
      /brokers is not an option/,
    ],
    [
      'a mechanism that there is not',
      { bootstrapServers: 'a:1', sasl: { mechanism: 'X' } },
      /one of PLAIN/,
    ],
    [
      'no password',
      { bootstrapServers: 'a:1', sasl: { mechanism: 'PLAIN', username: 'u' } },
      /a password/,
    ],
    [
      'a password that is no text',
      { bootstrapServers: 'a:1', sasl: { mechanism: 'PLAIN', username: 'u', password: 42 } },
      /as password a string/,
    ],
    ['no token', { bootstrapServers: 'a:1', sasl: { mechanism: 'OAUTHBEARER' } }, /a token/],
    [
      'nothing to authenticate by',
      { bootstrapServers: 'a:1', sasl: { mechanism: 'GSSAPI' } },
      /a function authenticate/,
    ],
    [
      'a certificate that is none',
      { bootstrapServers: 'a:1', ssl: { cert: 'x', key: 'y' } },
      /ssl cannot be used: .*no start line/,
    ],
    [
      'a version of TLS that there is not',
      { bootstrapServers: 'a:1', ssl: { minVersion: 'TLS' } },
      /ssl cannot be used: .*not a valid minimum TLS/,
    ],
  ])('for it is configured with %s, is refused', async (_, config, message) => {
    await expect(connectCluster(config as ClusterConfig)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message),
    })
  })
})

describeOnKafka('a Kafka that runs', () => {
  test('is connected to, and tells its id', async () => {
    const client = await connect()
    expect(client.address.brokerId).toBe('RinglogRinglogRinglog0')
  })

  test('is found where the first of the servers is not there', async () => {
    await connect({ bootstrapServers: ['127.0.0.1:1', KAFKA!.bootstrapServers] })
  })

  test('is connected to by TLS, with the certificate that it has', async () => {
    const client = await connect({
      bootstrapServers: KAFKA!.tlsServers!,
      ssl: { ca: readFileSync(KAFKA!.caFile!) },
    })
    expect(client.address.brokerId).toBe('RinglogRinglogRinglog0')
  })

  test.each<[string, () => Partial<ClusterConfig>, RegExp]>([
    [
      'a certificate that nobody vouches for',
      () => ({ bootstrapServers: KAFKA!.tlsServers!, ssl: true }),
      /self.signed certificate/,
    ],
    ['TLS where there is none', () => ({ ssl: true }), /TLS/],
    ['no TLS where it is needed', () => ({ bootstrapServers: KAFKA!.tlsServers! }), /TLS/],
  ])('is refused at once with %s', async (_, config, message) => {
    const { bootstrapServers = KAFKA!.bootstrapServers } = config()
    await expect(connect(config())).rejects.toMatchObject({
      code: 'NETWORK_EXCEPTION',
      message: expect.stringMatching(message),
      details: { broker: bootstrapServers },
    })
  })

  test('is connected to by SASL, and refused at once with a wrong password', async () => {
    await connect(sasl('secret'))
    await expect(connect(sasl('wrong'))).rejects.toMatchObject({
      code: 'SASL_AUTHENTICATION_FAILED',
      message: expect.stringContaining(KAFKA!.saslServers!),
    })
    const scram = { mechanism: 'SCRAM-SHA-256', username: 'alice', password: 'secret' } as const
    const unknown = connect({ bootstrapServers: KAFKA!.saslServers!, sasl: scram })
    await expect(unknown).rejects.toMatchObject({
      code: 'UNSUPPORTED_SASL_MECHANISM',
      message: expect.stringContaining(KAFKA!.saslServers!),
    })
  })

  test('says which topic a user may not use', async () => {
    const topic = await createTopic(await connect())
    const alice = await connect(sasl('secret'))
    await expect(alice.describeTopic(topic)).rejects.toMatchObject({
      code: 'TOPIC_AUTHORIZATION_FAILED',
      message: expect.stringContaining(topic),
    })
  })

  test('closes all its calls, once the client is closed', async () => {
    const client = await connect()
    await client.close()
    await expect(client.listTopics()).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
  })
})
