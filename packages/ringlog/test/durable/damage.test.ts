import { Consumer, type RinglogError } from 'ringlog'
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { at, send, startDurable, temporaryDirectory, valuesOf } from './rig.ts'

/** Turns one bit over in the middle of a partition's first log file, as if after a crash. */
function damage(directory: string, folder: string): string {
  rmSync(path.join(directory, '.kafka_cleanshutdown'), { force: true })
  const name = readdirSync(path.join(directory, folder)).find((file) => file.endsWith('.log'))
  const file = path.join(directory, folder, name!)
  const descriptor = openSync(file, 'r+')
  const middle = Math.floor(statSync(file).size / 2)
  const byte = Buffer.alloc(1)
  readSync(descriptor, byte, 0, 1, middle)
  byte[0]! ^= 1
  writeSync(descriptor, byte, 0, 1, middle)
  closeSync(descriptor)
  return file
}

describe('a partition whose files are damaged', () => {
  test('is offline, while the others are served, until it may be cut there', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders', { partitions: 2 })
    for (const partition of [0, 1]) {
      for (let i = 0; i < 10; i++) await send(first, at('orders', partition), [`${partition}-${i}`])
    }
    const consumer = new Consumer(first, { groupId: 'billing' })
    await consumer.assign([at('orders', 0), at('orders', 1)])
    await consumer.commit([
      { ...at('orders', 0), offset: 10 },
      { ...at('orders', 1), offset: 7 },
    ])
    await consumer.close()
    await first.close()
    const file = damage(directory, 'orders-0')

    const errors: RinglogError[] = []
    const broker = await startDurable(directory, { onError: (error) => errors.push(error) })
    expect(errors).toMatchObject([
      { code: 'KAFKA_STORAGE_ERROR', message: expect.stringContaining(file) as string },
    ])
    expect((await broker.describeTopic('orders')).partitions).toEqual([
      { partition: 0, state: 'offline' },
      { partition: 1, state: 'online' },
    ])
    expect(await send(broker, at('orders', 1), ['1-10'])).toBe(10)
    await expect(send(broker, at('orders', 0), ['0-10'])).rejects.toMatchObject({
      code: 'PARTITION_OFFLINE',
      cause: { code: 'KAFKA_STORAGE_ERROR' },
    })
    await expect(broker.restartPartition(at('orders', 0))).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
    })
    expect(await broker.offsets('orders', 'billing')).toMatchObject([
      { committed: 10 },
      { committed: 7 },
    ])

    await broker.restartPartition(at('orders', 0), { truncateCorrupt: true })
    const kept = await valuesOf(broker, at('orders', 0))
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBeLessThan(10)
    expect(kept).toEqual(Array.from(kept, (_, i) => `0-${i}`))
    expect(errors[1]).toMatchObject({
      code: 'LOG_TRUNCATED',
      details: { topic: 'orders', partition: 0, fromOffset: kept.length },
    })
    expect(await send(broker, at('orders', 0), ['again'])).toBe(kept.length)
    await broker.close()

    const next = await startDurable(directory)
    expect(await valuesOf(next, at('orders', 0))).toEqual([...kept, 'again'])
    expect(await next.offsets('orders', 'billing')).toMatchObject([
      { committed: expect.any(Number) as number },
      { committed: 7 },
    ])
  })

  test('is read on by those who had opened it before it was brought back, each from its position', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders')
    for (let i = 0; i < 10; i++) await send(first, at('orders'), [String(i)])
    const before = new Consumer(first, { groupId: 'billing' })
    await before.assign([at('orders')])
    await before.commit([{ ...at('orders'), offset: 2 }])
    await before.close()
    await first.close()
    damage(directory, 'orders-0')

    const broker = await startDurable(directory, { onError: () => {} })
    const offline = { code: 'PARTITION_OFFLINE' }
    const member = new Consumer(broker, { groupId: 'billing' })
    await member.assign([at('orders')])
    await expect(member.poll()).rejects.toMatchObject(offline)
    expect(member.position(at('orders'))).toBe(2)
    const reader = new Consumer(broker, { autoOffsetReset: 'earliest' })
    await reader.assign([at('orders')])
    await expect(reader.poll()).rejects.toMatchObject(offline)
    await reader.endOffsets([at('orders')]) // has looked at the end before it was known
    await broker.offsets('orders')

    await broker.restartPartition(at('orders'), { truncateCorrupt: true })
    const kept = (await valuesOf(broker, at('orders'))).length
    expect(kept).toBeGreaterThan(2)
    expect(await broker.offsets('orders')).toMatchObject([{ endOffset: kept }])
    expect(await reader.endOffsets([at('orders')])).toMatchObject([{ offset: kept }])
    for (const [consumer, from] of [
      [reader, 0],
      [member, 2],
    ] as const) {
      const offsets: number[] = []
      while (offsets.length < kept - from) {
        for (const { offset } of await consumer.poll({ timeoutMs: 5_000 })) offsets.push(offset)
      }
      expect(offsets).toEqual(Array.from({ length: kept - from }, (_, i) => from + i))
    }
  })

  test('is brought back whole where what kept it offline is mended meanwhile', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders')
    await send(first, at('orders'), ['a', 'b'])
    await first.close()
    const file = path.join(directory, 'orders-0', 'partition.metadata')
    const content = readFileSync(file, 'utf8')
    writeFileSync(file, '')

    const broker = await startDurable(directory, { onError: () => {} })
    await expect(send(broker, at('orders'), ['c'])).rejects.toThrow(
      /file=.*, found="".*; restartPartition\(\{ topic, partition \}\) starts it once that is mended/,
    )
    const again = broker.restartPartition(at('orders'), { truncateCorrupt: true })
    await expect(again).rejects.toMatchObject({ code: 'KAFKA_STORAGE_ERROR' })
    writeFileSync(file, content)
    await broker.restartPartition(at('orders'))
    expect(await valuesOf(broker, at('orders'))).toEqual(['a', 'b'])
  })

  test('does not stop a broker from starting, but damaged metadata does', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders')
    await first.createTopic('audit')
    await first.close()
    const file = damage(directory, '__ringlog_metadata-0')
    await expect(startDurable(directory)).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(file) as string,
    })
  })

  test('is told with its directory, where metadata are those of another log', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders')
    const values = Array.from({ length: 20 }, () => 'x'.repeat(1_000))
    await send(first, at('orders'), values)
    await first.close()
    const logOf = (folder: string): string =>
      path.join(directory, folder, '00000000000000000000.log')
    copyFileSync(logOf('orders-0'), logOf('__ringlog_metadata-0'))
    rmSync(path.join(directory, '.kafka_cleanshutdown'))
    const error: unknown = await startDurable(directory).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(`dataDirectory=${directory}`) as string,
    })
    expect((error as Error).message.length).toBeLessThan(600)
  })
})
