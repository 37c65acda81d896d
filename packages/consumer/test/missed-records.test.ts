import { Consumer, type ConsumerConfig } from '@ringlog/consumer'
import type { TopicPartition } from '@ringlog/core'
import { RingLogReader } from '@ringlog/core/internal'
import { describe, expect, test, vi } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf, valuesOf } from './rig.ts'

/** So large that the ring holds six. */
const VALUE = 'x'.repeat(10_000)

function appendTo(log: MemoryLog, count: number, partition = 0): void {
  for (let i = 0; i < count; i++) log.partitions[partition]!.append([{ value: VALUE }])
}

interface Observed {
  log: MemoryLog
  consumer: Consumer
  told: Array<[partition: number, count: number]>
}

async function observe(config: ConsumerConfig = {}, partitions = 1): Promise<Observed> {
  const log = new MemoryLog(partitions)
  const told: Observed['told'] = []
  const onRecordsMissed = ({ topic, partition }: TopicPartition, count: number): void => {
    expect(topic).toBe('t')
    told.push([partition, count])
  }
  const consumer = await consumerOf(log, { onRecordsMissed, ...config })
  return { log, consumer, told }
}

const startOf = async (consumer: Consumer, at: TopicPartition): Promise<number> =>
  (await consumer.beginningOffsets([at]))[0]!.offset

describe('a consumer that is overtaken', () => {
  test('is told how many records it missed, before what comes next; and counts them', async () => {
    const { log, consumer, told } = await observe()
    appendTo(log, 2)
    await consumer.poll()
    expect(told).toEqual([])
    appendTo(log, 100)
    const start = await startOf(consumer, log.at(0))
    const [first] = [...(await consumer.poll())]
    expect(first!.offset).toBe(start)
    expect(told).toEqual([[0, start - 2]])
    expect(consumer.metrics().recordsMissed).toBe(start - 2)
    const position = consumer.position(log.at(0))
    appendTo(log, 100)
    const missed = (await startOf(consumer, log.at(0))) - position
    consumer.pollSync()
    expect(told.slice(1)).toEqual([[0, missed]])
    expect(consumer.metrics().recordsMissed).toBe(start - 2 + missed)
  })

  test('is told of each partition for itself', async () => {
    const { log, consumer, told } = await observe({}, 3)
    appendTo(log, 100, 0)
    appendTo(log, 1, 1)
    appendTo(log, 50, 2)
    while ((await consumer.poll({ timeoutMs: 0 })).count > 0);
    const starts = [await startOf(consumer, log.at(0)), await startOf(consumer, log.at(2))]
    expect(told.sort(([a], [b]) => a - b)).toEqual([
      [0, starts[0]],
      [2, starts[1]],
    ])
  })

  test('counts what it leaves out, also by "latest"', async () => {
    const { log, consumer, told } = await observe({ autoOffsetReset: 'latest' })
    appendTo(log, 1)
    await consumer.poll()
    appendTo(log, 100)
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    expect(told).toEqual([[0, 100]])
    appendTo(log, 1)
    expect(valuesOf(await consumer.poll())).toHaveLength(1)
  })

  test('is told of what was deleted, too, and in an iteration', async () => {
    const { log, consumer, told } = await observe()
    appendTo(log, 5)
    log.first.writer.deleteBefore(3)
    for await (const { offset } of consumer) {
      expect(offset).toBe(3)
      break
    }
    expect(told).toEqual([[0, 3]])
  })

  test('is not told of what was gone before it sought or assigned, nor of an offset past the end', async () => {
    const { log, consumer, told } = await observe()
    appendTo(log, 100)
    const start = await startOf(consumer, log.at(0))
    consumer.seek(log.at(0), 0)
    await consumer.poll()
    consumer.seek(log.at(0), 1_000)
    await consumer.poll()
    await consumer.assign([])
    await consumer.assign([log.at(0)])
    await consumer.poll()
    expect(told).toEqual([])
    consumer.seek(log.at(0), 0)
    appendTo(log, 3)
    await consumer.poll()
    expect(told).toEqual([[0, (await startOf(consumer, log.at(0))) - start]])
  })

  test.each(['earliest', 'latest'] as const)(
    'is told of what went while it looked where to go on, by "%s"',
    async (autoOffsetReset) => {
      const { prototype } = RingLogReader
      const property = Object.getOwnPropertyDescriptor(prototype, 'logStartOffset')!
      for (let look = 1; look <= 10; look++) {
        const { log, consumer, told } = await observe({ autoOffsetReset })
        appendTo(log, 2)
        await consumer.poll()
        appendTo(log, 10)
        let looks = 0
        vi.spyOn(prototype, 'logStartOffset', 'get').mockImplementation(function (
          this: RingLogReader,
        ) {
          const logStartOffset = property.get!.call(this) as number
          if (++looks === look) appendTo(log, 3) // they overwrite three that it did not see go
          return logStartOffset
        })
        const polled = [...(await consumer.poll({ timeoutMs: 0 }))]
        vi.restoreAllMocks()
        const next = polled[0]?.offset ?? consumer.position(log.at(0))
        expect(told.reduce((sum, [, count]) => sum + count, 2)).toBe(next)
      }
    },
  )

  test('is told by the error with "none"', async () => {
    const log = new MemoryLog()
    const onRecordsMissed = vi.fn()
    const consumer = new Consumer(log.client, { autoOffsetReset: 'none', onRecordsMissed })
    await consumer.assign(log.all).catch(() => undefined)
    consumer.seek(log.at(0), 0)
    appendTo(log, 100)
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    expect(onRecordsMissed).not.toHaveBeenCalled()
    await consumer.close()
  })
})

describe('onRecordsMissed', () => {
  test('that throws rejects the poll once, and nothing is lost by that', async () => {
    const error = new Error('missed some')
    let calls = 0
    const { log, consumer } = await observe({
      onRecordsMissed: () => {
        calls++
        throw error
      },
    })
    appendTo(log, 100)
    await expect(consumer.poll()).rejects.toBe(error)
    const [first] = [...(await consumer.poll())]
    expect(first!.offset).toBe(await startOf(consumer, log.at(0)))
    appendTo(log, 100)
    expect(() => consumer.pollSync()).toThrow(error)
    expect(calls).toBe(2)
  })

  test('may seek, pause, poll, assign and close', async () => {
    let act: (() => unknown) | null = null
    const opened = await observe({ onRecordsMissed: () => void act?.() })
    const { log, consumer } = opened
    appendTo(log, 100)
    act = () => consumer.seek(log.at(0), 98)
    expect([...(await consumer.poll())][0]!.offset).toBe(98)
    appendTo(log, 100)
    const polling = vi.fn()
    act = () => consumer.poll().catch(polling)
    expect((await consumer.poll()).count).toBeGreaterThan(0)
    expect(polling).toHaveBeenCalledWith(expect.objectContaining({ code: 'CONCURRENT_POLL' }))
    appendTo(log, 100)
    act = () => consumer.pause([log.at(0)])
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    consumer.resume([log.at(0)])
    await consumer.poll()
    appendTo(log, 100)
    act = () => consumer.close()
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
  })

  test('must be a function', async () => {
    const given = { onRecordsMissed: 'log' } as unknown as ConsumerConfig
    await expect(observe(given)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })
})
