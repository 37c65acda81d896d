import { Broker, connect } from '@ringlog/broker'
import type { Snapshot } from '../../src/monitor/snapshot.ts'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Producer } from '@ringlog/producer'
import { startMonitor, type Monitor } from '../../src/monitor/index.ts'

let broker: Broker
beforeEach(async () => {
  broker = await Broker.start()
})
afterEach(() => broker.close())

interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

function ask(
  { port }: Monitor,
  path = '/',
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode!, headers: response.headers, text })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a monitor', () => {
  test('serves its page, and streams what the broker is like, to several viewers', async () => {
    await broker.createTopic('orders', { partitions: 2 })
    const monitor = await startMonitor(broker)
    expect(monitor.url).toBe(`http://127.0.0.1:${monitor.port}/`)
    const page = await ask(monitor)
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const viewers = await Promise.all([
      fetch(`${monitor.url}stream`),
      fetch(`${monitor.url}stream`),
    ])
    for (const viewer of viewers) {
      const { value } = await viewer.body!.getReader().read()
      const snapshot = JSON.parse(Buffer.from(value!).toString().slice('data: '.length)) as Snapshot
      expect(snapshot.partitions.map(({ topic, endOffset }) => [topic, endOffset])).toEqual([
        ['orders', 0],
        ['orders', 0],
      ])
    }
    await monitor.close()
    await monitor.close()
    await expect(fetch(monitor.url)).rejects.toThrow('fetch failed')
  })

  test.each([
    ['another host', { headers: { host: 'evil.example' } }, 403],
    ['another origin', { headers: { origin: 'http://evil.example' } }, 403],
    ['a page of another site', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    ['a method that changes things', { method: 'POST' }, 405],
    ['another method', { method: 'DELETE' }, 405],
  ])('refuses %s', async (_, how, status) => {
    await using monitor = await startMonitor(broker)
    for (const path of ['/', '/stream', '/records']) {
      expect((await ask(monitor, path, how)).status).toBe(status)
    }
    const local = await ask(monitor, '/', { headers: { host: `localhost:${monitor.port}` } })
    expect(local.status).toBe(200)
  })

  test('shows records only where it was told to, and moves no offset', async () => {
    await broker.createTopic('orders')
    const producer = new Producer(broker)
    await producer.send({
      topic: 'orders',
      key: 'A',
      value: '<b>',
      headers: { h: new Uint8Array([255]) },
    })
    const path = '/records?topic=orders&partition=0&offset=0'
    await using closed = await startMonitor(broker)
    expect((await ask(closed, path)).status).toBe(404)
    await using open = await startMonitor(broker, { records: true })
    expect(JSON.parse((await ask(open, path)).text)).toMatchObject([
      { offset: 0, key: 'A', value: '<b>', headers: [['h', '0xff']] },
    ])
    expect((await ask(open, path.replace('=orders', '=none'))).status).toBe(409)
    expect((await ask(open, path.replace('offset=0', 'offset=-1'))).status).toBe(400)
    expect(await broker.listGroups()).toEqual([])
  })

  test('shows characters of long values whole, and nothing past the end of the log', async () => {
    await broker.createTopic('orders')
    const producer = new Producer(broker)
    await producer.send({ topic: 'orders', value: `x${'é'.repeat(600)}` })
    await using monitor = await startMonitor(broker, { records: true })
    const records = async (offset: number): Promise<unknown> => {
      const path = `/records?topic=orders&partition=0&offset=${offset}`
      return JSON.parse((await ask(monitor, path)).text)
    }
    expect(await records(0)).toMatchObject([{ value: `x${'é'.repeat(511)}… (1201 bytes)` }])
    expect(await records(1)).toEqual([])
    expect(await records(99)).toEqual([])
  })

  test('does not start on a client that closes meanwhile', async () => {
    const client = await connect(broker.address)
    const starting = startMonitor(client)
    const closing = client.close()
    await expect(starting).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    await closing
  })

  test('names a port that is in use, and every option that is none', async () => {
    await using monitor = await startMonitor(broker)
    await expect(startMonitor(broker, { port: monitor.port })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(`port ${monitor.port} of 127.0.0.1 is in use`) as string,
    })
    const wrong = { port: -1, intervalMs: 1, records: 'yes', host: '0.0.0.0' }
    await expect(startMonitor(broker, wrong as never)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      details: {
        faults: ['host', 'port', 'intervalMs', 'records'].map(
          (option) => expect.objectContaining({ option }) as object,
        ),
      },
    })
  })

  test('closes with its client, open streams included, and does not start on a closed one', async () => {
    const monitor = await startMonitor(broker)
    const viewer = await fetch(`${monitor.url}stream`)
    await broker.close()
    await expect(viewer.text()).rejects.toThrow('terminated')
    await expect(fetch(monitor.url)).rejects.toThrow('fetch failed')
    await expect(startMonitor(broker)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    await monitor.close()
  })
})
