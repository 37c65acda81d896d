import { globSync } from 'node:fs'
import { Broker, Consumer, Producer, type BrokerMetrics } from 'ringlog'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT, readText } from './markdown.ts'
import { namesIn, tablesOf } from './tables.ts'

const DOCUMENT = 'docs/monitoring.md'
const TABLES = tablesOf(DOCUMENT)
/** What says of which topic or partition the metrics are, and not how it is. */
const NAMES = new Set(['topic', 'topics', 'partition', 'partitions', 'state'])

const SOURCES = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).map(readText).join('\n')

let broker: Broker
let metrics: BrokerMetrics

beforeAll(async () => {
  broker = await Broker.start()
  await broker.createTopic('watched', { ringBytes: 64 * 1024 })
  metrics = await broker.metrics()
})

afterAll(() => broker.close())

describe(`the tables of ${DOCUMENT}`, () => {
  test('have every metric of a broker, its topics and partitions, once', () => {
    const [topic] = metrics.topics
    const [partition] = topic!.partitions
    const ours = new Set([metrics, topic!, partition!].flatMap((of) => Object.keys(of)))
    const told = TABLES[0]!.rows.flatMap(([name]) => namesIn(name!))
    expect(told.toSorted()).toEqual([...ours].filter((name) => !NAMES.has(name)).sort())
  })

  test('name metrics that clients have', () => {
    const clients = { 'a producer': new Producer(broker), 'a consumer': new Consumer(broker) }
    let of = ''
    for (const [first, cell] of TABLES[1]!.rows) {
      of = first === '' ? of : first!
      if (!(of in clients)) continue
      const names = Object.keys(clients[of as keyof typeof clients].metrics())
      for (const name of namesIn(cell!)) expect(names).toContain(name)
    }
  })

  test('name all channels, and warnings that are given', () => {
    const channels = TABLES.at(-2)!.rows.flatMap(([name]) => namesIn(name!))
    const ours = [...SOURCES.matchAll(/`(ringlog:[\w:]+)`/g)].map(([, name]) => name!)
    expect(channels.toSorted()).toEqual([...new Set(ours)].sort())
    const codes = TABLES.at(-1)!.rows.flatMap(([code]) => namesIn(code!))
    expect(codes.length).toBeGreaterThan(2)
    for (const code of codes) expect(SOURCES).toContain(`'${code}'`)
  })
})
