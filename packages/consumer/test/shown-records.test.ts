import { serdes } from '@ringlog/core'
import type { ConsumerRecord } from '@ringlog/consumer'
import { inspect } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf } from './rig.ts'

function logOfTwo(): MemoryLog {
  const log = new MemoryLog()
  log.first.append([
    { key: 'k', value: '{"a":1}', timestamp: 7, headers: [['h', 'x']] },
    { key: null, value: null, timestamp: 8 },
  ])
  return log
}

const shown = {
  first: {
    topic: 't',
    partition: 0,
    offset: 0,
    timestamp: 7,
    key: Buffer.from('k'),
    value: Buffer.from('{"a":1}'),
    headers: [['h', Buffer.from('x')]],
  },
  second: {
    topic: 't',
    partition: 0,
    offset: 1,
    timestamp: 8,
    key: null,
    value: null,
    headers: [],
  },
}

/** A record of each way by which a consumer gives them. */
async function recordOfEachWay(): Promise<ConsumerRecord[]> {
  const consumer = await consumerOf(logOfTwo())
  const polled = [...(await consumer.poll())][0]!
  await consumer.seekToBeginning()
  const iterated = (await consumer[Symbol.asyncIterator]().next()).value!
  await consumer.seekToBeginning()
  const stream = consumer.toReadable()
  const streamed = (await stream[Symbol.asyncIterator]().next()).value as ConsumerRecord
  stream.destroy()
  return [polled, iterated, streamed]
}

describe('a record', () => {
  test('is whole in console.log, at every depth', async () => {
    for (const record of await recordOfEachWay()) {
      expect(inspect(record)).toBe(`ConsumerRecord ${inspect(shown.first)}`)
      expect(inspect({ record })).toContain('value: <Buffer 7b 22 61 22 3a 31 7d>')
      expect(inspect([[[record]]])).toContain('[ConsumerRecord]')
    }
  })

  test('is whole in JSON, with bytes as those of a Buffer', async () => {
    for (const record of await recordOfEachWay()) {
      expect(JSON.stringify(record)).toBe(JSON.stringify(shown.first))
      expect(JSON.parse(JSON.stringify({ record }))).toMatchObject({
        record: { key: { type: 'Buffer', data: [107] } },
      })
    }
  })

  test('is shown with what its serdes make of it', async () => {
    const serde = { keySerde: serdes.string, valueSerde: serdes.json<object | null>() }
    const [first, second] = [...(await (await consumerOf(logOfTwo(), serde)).poll())]
    expect(inspect(first)).toContain("key: 'k'")
    expect(inspect(first)).toContain('value: { a: 1 }')
    expect(JSON.parse(JSON.stringify(first))).toMatchObject({ key: 'k', value: { a: 1 } })
    expect(inspect(second)).toBe(`ConsumerRecord ${inspect(shown.second)}`)
  })

  test('is shown although a part cannot be deserialized, with the reason; JSON has no such record', async () => {
    const log = new MemoryLog()
    log.first.append([{ key: 'k', value: '{' }])
    const [record] = [...(await (await consumerOf(log, { valueSerde: serdes.json() })).poll())]
    expect(inspect(record)).toContain('key: <Buffer 6b>')
    expect(inspect(record)).toMatch(/value: \[the value of a record cannot be deserialized: .*\]/)
    expect(() => JSON.stringify(record)).toThrow(
      expect.objectContaining({ code: 'SERIALIZATION_FAILED' }),
    )
  })

  test('cannot be posted or cloned, nor can a spread of it: the error names copy()', async () => {
    const { port1, port2 } = new MessageChannel()
    for (const record of await recordOfEachWay()) {
      for (const value of [record, { ...record }, [record], { at: { record } }]) {
        const refused = expect.objectContaining({
          name: 'DataCloneError',
          message: expect.stringContaining('post record.copy() instead') as string,
        }) as Error
        expect(() => structuredClone(value)).toThrow(refused)
        expect(() => port1.postMessage(value)).toThrow(refused)
      }
      expect(structuredClone(record.copy())).toMatchObject({ topic: 't', offset: 0, timestamp: 7 })
      expect(Buffer.from(structuredClone(record.copy()).value!)).toEqual(shown.first.value)
    }
    port2.close()
  })
})

describe("a poll's records", () => {
  test('are whole in console.log and in JSON', async () => {
    const consumer = await consumerOf(logOfTwo())
    const records = await consumer.poll()
    expect(inspect(records)).toMatch(
      /^ConsumerRecords \{\s+count: 2,\s+records: \[\s+ConsumerRecord \{/,
    )
    expect(JSON.stringify(records)).toBe(JSON.stringify([shown.first, shown.second]))
    const none = await consumer.poll({ timeoutMs: 0 })
    expect(inspect(none)).toBe('ConsumerRecords { count: 0, records: [] }')
    expect(JSON.stringify(none)).toBe('[]')
    expect(inspect(records)).toContain('offset: 1') // also after the next poll
  })

  test('are shown without their records once a cursor walks them, which changes nothing for it', async () => {
    const consumer = await consumerOf(logOfTwo())
    const records = await consumer.poll()
    const cursor = consumer.cursor(records)
    expect(inspect(records)).toBe('ConsumerRecords { count: 2 }')
    expect(cursor.next()).toBe(true)
    await consumer.poll({ timeoutMs: 0 })
    expect(inspect(records)).toBe('ConsumerRecords { count: 2 }')
    expect(() => JSON.stringify(records)).toThrow(
      expect.objectContaining({ code: 'INVALID_STATE' }),
    )
  })

  test('cannot be posted or cloned', async () => {
    const records = await (await consumerOf(logOfTwo())).poll()
    for (const value of [records, { records }]) {
      expect(() => structuredClone(value)).toThrow(
        expect.objectContaining({ name: 'DataCloneError' }),
      )
    }
  })
})
