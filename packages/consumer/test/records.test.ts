import { RinglogError, compressBatch, serdes, type Serde } from '@ringlog/core'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, test, vi } from 'vitest'
import { hasHeaders } from '../src/consumer-record.ts'
import { MemoryLog, batchOf, type TestRecord } from './memory-log.ts'
import { consumerOf } from './rig.ts'

function logWith(...records: TestRecord[]): MemoryLog {
  const log = new MemoryLog()
  log.first.append(records)
  return log
}

describe('headers', () => {
  test('come in order, a name as often as it was given, with bytes, none, and empty values', async () => {
    const headers = [
      ['a', 'x'],
      ['a', Buffer.from([0, 255])],
      ['é', null],
      ['', ''],
    ] as const
    const log = logWith({ headers }, {})
    const [first, second] = [...(await (await consumerOf(log)).poll())]
    expect(first!.headers).toEqual([
      ['a', Buffer.from('x')],
      ['a', Buffer.from([0, 255])],
      ['é', null],
      ['', Buffer.alloc(0)],
    ])
    expect(first!.headers).toBe(first!.headers)
    expect(second!.headers).toEqual([])
    expect([hasHeaders(first!), hasHeaders(second!)]).toEqual([true, false])
  })
})

describe('serdes', () => {
  test('make keys and values when they are read, once', async () => {
    const log = logWith({ key: '7', value: '{"a":1}' }, { key: null, value: '2' })
    const toKey = vi.fn((bytes: Buffer | null) => (bytes === null ? -1 : Number(String(bytes))))
    const keySerde: Serde<number> = { serialize: String, deserialize: toKey }
    const valueSerde = serdes.json<unknown>()
    const deserialize = vi.spyOn(valueSerde, 'deserialize')
    const consumer = await consumerOf(log, { keySerde, valueSerde })
    const [first, second] = [...(await consumer.poll())]
    expect(toKey).not.toHaveBeenCalled()
    expect([first!.key, first!.key, second!.key]).toEqual([7, 7, -1])
    expect(toKey).toHaveBeenCalledTimes(2)
    expect(deserialize).not.toHaveBeenCalled()
    expect(first!.value).toEqual({ a: 1 })
    expect(first!.value).toBe(first!.value)
    expect(deserialize).toHaveBeenCalledTimes(1)
  })

  test.each([[undefined], [null], [false], [0], ['']])(
    'a value that becomes %j is made once as well',
    async (made) => {
      const log = logWith({ value: 'x' })
      const valueSerde = { serialize: () => null, deserialize: vi.fn(() => made) }
      const [record] = [...(await (await consumerOf(log, { valueSerde })).poll())]
      expect([record!.value, record!.value]).toEqual([made, made])
      expect(valueSerde.deserialize).toHaveBeenCalledTimes(1)
    },
  )

  test('a value that cannot be read throws where it is read; all else stays readable', async () => {
    const log = logWith({ value: '1' }, { key: 'k', value: '{' }, { value: '3' })
    const consumer = await consumerOf(log, { valueSerde: serdes.json<number>() })
    const [first, bad, third] = [...(await consumer.poll())]
    for (let access = 0; access < 2; access++) {
      let thrown: unknown
      try {
        void bad!.value
      } catch (error) {
        thrown = error
      }
      expect(RinglogError.is(thrown, 'SERIALIZATION_FAILED')).toBe(true)
      const { message, errorCode, retriable, details, cause } = thrown as RinglogError
      expect(message).toMatch(
        /^the value of a record cannot be deserialized: partition=t-0, offset=1: .*JSON/,
      )
      expect([errorCode, retriable]).toEqual([null, false])
      expect(details).toEqual({ topic: 't', partition: 0, offset: 1, part: 'value' })
      expect(cause).toBeInstanceOf(SyntaxError)
    }
    expect([first!.value, third!.value]).toEqual([1, 3])
    expect([bad!.offset, bad!.key, bad!.headers]).toEqual([1, Buffer.from('k'), []])
    expect(() => bad!.copy()).toThrow(expect.objectContaining({ code: 'SERIALIZATION_FAILED' }))
    expect(consumer.position(log.at(0))).toBe(3)
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
  })

  test('a key that cannot be read says that it is the key, and why, whatever is thrown', async () => {
    const log = logWith({ key: 'k' })
    const keySerde: Serde<never> = {
      serialize: () => null,
      deserialize: () => {
        // eslint-disable-next-line typescript/only-throw-error
        throw 'no reason'
      },
    }
    const [record] = [...(await (await consumerOf(log, { keySerde })).poll())]
    expect(() => record!.key).toThrow(
      expect.objectContaining({
        message: 'the key of a record cannot be deserialized: partition=t-0, offset=0: no reason',
        cause: 'no reason',
      }),
    )
  })

  test('reach iterations as well', async () => {
    const log = logWith({ value: '1' }, { value: '2' })
    const consumer = await consumerOf(log, { valueSerde: serdes.json<number>() })
    let sum = 0
    for await (const { value, offset } of consumer) {
      sum += value
      if (offset === 1) break
    }
    expect(sum).toBe(3)
  })

  test.each([[{}], ['json'], [{ serialize: () => null }]])('are not %j', async (serde) => {
    const log = new MemoryLog()
    const config = { keySerde: serde as never, valueSerde: serde as never }
    await expect(consumerOf(log, config)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/keySerde must .*; valueSerde must /) as string,
    })
  })
})

describe('copy', () => {
  const headers = [['h', 'v']] as const

  test('is the record as plain data, in one piece of memory of its own and of its size', async () => {
    const log = logWith({ key: 'k', value: 'v'.repeat(100), timestamp: 5, headers })
    const [record] = [...(await (await consumerOf(log)).poll())]
    const copy = record!.copy()
    expect(copy).toEqual({
      topic: 't',
      partition: 0,
      offset: 0,
      timestamp: 5,
      key: Buffer.from('k'),
      value: Buffer.from('v'.repeat(100)),
      headers: [['h', Buffer.from('v')]],
    })
    const { buffer } = copy.value!
    expect(buffer).not.toBe(record!.value!.buffer)
    expect([copy.key!.buffer, copy.headers[0]![1]!.buffer]).toEqual([buffer, buffer])
    expect(buffer.byteLength).toBeLessThan(110)
    record!.value!.fill(0)
    expect(String(copy.value)).toBe('v'.repeat(100))
  })

  test('keeps null and empty apart', async () => {
    const log = logWith({ key: null, value: '' }, { key: '', value: null })
    const records = [...(await (await consumerOf(log)).poll())]
    expect(records.map((record) => [record.copy().key, record.copy().value])).toEqual([
      [null, Buffer.alloc(0)],
      [Buffer.alloc(0), null],
    ])
  })

  test('is what can be transferred: the memory of the record itself is that of others, too', async () => {
    const log = new MemoryLog()
    const values = Array.from({ length: 10 }, (_, offset) => `value ${offset}`.repeat(100))
    const records = values.map((value) => ({ key: 'k', value }))
    log.first.append(records)
    log.first.appendBatch(compressBatch(batchOf(records), 'gzip'))
    const consumer = await consumerOf(log, { maxPollRecords: 3 })
    let offset = 0
    for (;;) {
      const polled = await consumer.poll({ timeoutMs: 0 })
      if (polled.count === 0) break
      const cursor = consumer.cursor(polled)
      cursor.next()
      for (const { buffer } of [[...polled][0]!.value!, [...polled][0]!.key!, cursor.bytes]) {
        const transfer = [buffer as ArrayBuffer]
        expect(() => structuredClone(buffer, { transfer })).toThrow(DOMException)
      }
      for (const record of polled) expect(String(record.value)).toBe(values[offset++ % 10])
    }
    expect(offset).toBe(20)
  })

  test('can be posted, and its memory transferred', async () => {
    const log = logWith({ key: 'k', value: 'v', headers })
    const [record] = [...(await (await consumerOf(log)).poll())]
    const { port1, port2 } = new MessageChannel()
    const copy = record!.copy()
    port1.postMessage(copy, [copy.value!.buffer as ArrayBuffer])
    expect(copy.value!.length).toBe(0)
    const { message } = receiveMessageOnPort(port2)!
    expect(message).toEqual({ ...record!.copy(), ...asBytes(record!.copy()) })
    expect(String(record!.value)).toBe('v')
    port1.close()
  })

  test('has what the serdes make of memory of its own', async () => {
    const log = logWith({ key: 'k', value: '[1]' })
    const consumer = await consumerOf(log, {
      keySerde: serdes.bytes,
      valueSerde: serdes.json<number[]>(),
    })
    const [record] = [...(await consumer.poll())]
    const { value } = record!
    const copy = record!.copy()
    expect(copy.value).toEqual([1])
    expect(copy.value).not.toBe(value)
    record!.key!.fill(0)
    expect(String(copy.key)).toBe('k')
  })
})

/** Posted, a Buffer arrives as a Uint8Array. */
function asBytes(copy: { key: Buffer | null; value: Buffer | null }): object {
  return {
    key: new Uint8Array(copy.key!),
    value: new Uint8Array(copy.value!),
    headers: [['h', new Uint8Array(Buffer.from('v'))]],
  }
}
