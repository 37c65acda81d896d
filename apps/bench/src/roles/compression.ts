import { readFileSync } from 'node:fs'
import { Consumer, Producer, connect, type CompressionType } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'

export const COMPRESSIONS: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export const topicOf = (compression: CompressionType): string => `text-${compression}`
/** The point at which both roles are warm for a codec, and the clock starts. */
export const warm = (compression: CompressionType): string => `warm ${compression}`
/** The point at which all of a codec's records are consumed. */
export const consumed = (compression: CompressionType): string => `consumed ${compression}`

/** The lines of a novel, which comes with the examples. */
function readLines(): Buffer[] {
  const file = new URL('../../../../examples/02-line-count/austen.txt', import.meta.url)
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => Buffer.from(line))
}

/** Sends every line in turn, so many records; once through the file before the clock starts. */
export async function produceText(context: RoleContext): Promise<Record<string, number>> {
  const lines = readLines()
  const client = await connect()
  const rates: Record<string, number> = {}
  for (const compression of COMPRESSIONS) {
    const topic = topicOf(compression)
    const batchSizeBytes = context.number('batchSizeBytes')
    const producer = new Producer(client, { compression, batchSizeBytes })
    const produce = async (first: number, count: number): Promise<void> => {
      for (let i = first; i < first + count; i++) {
        const value = lines[i % lines.length]!
        if (!producer.write({ topic, value })) await producer.drained()
      }
      await producer.flush()
    }
    await produce(0, lines.length)
    await context.sync(warm(compression))
    await produce(lines.length, context.number('records'))
    rates[compression] = producer.metrics().compressionRateAvg
    await producer.close()
    await context.sync(consumed(compression))
  }
  await client.close()
  return rates
}

export interface ConsumedText {
  readonly finishedAtMs: number
  readonly bytes: number
}

/** Walks every record, and holds its length, its first and its last byte against the line's. */
export async function consumeText(context: RoleContext): Promise<Record<string, ConsumedText>> {
  const lines = readLines()
  const client = await connect()
  const results: Record<string, ConsumedText> = {}
  for (const compression of COMPRESSIONS) {
    const consumer = new Consumer(client, { maxPollRecords: Infinity })
    await consumer.assign([{ topic: topicOf(compression), partition: 0 }])
    let count = 0
    let bytes = 0
    const consumeUntil = async (end: number): Promise<void> => {
      while (count < end) {
        const cursor = consumer.cursor(await consumer.poll())
        while (cursor.next()) {
          const { bytes: memory, valueStart, valueLength } = cursor
          const line = lines[count % lines.length]!
          if (
            valueLength !== line.length ||
            (valueLength > 0 && memory[valueStart] !== line[0]) ||
            (valueLength > 0 && memory[valueStart + valueLength - 1] !== line[valueLength - 1])
          ) {
            throw new Error(`record ${count} of ${compression} is not the line that was sent`)
          }
          count++
          bytes += valueLength
        }
      }
    }
    await consumeUntil(lines.length)
    const warmUpBytes = bytes
    await context.sync(warm(compression))
    await consumeUntil(lines.length + context.number('records'))
    results[compression] = { finishedAtMs: context.nowMs(), bytes: bytes - warmUpBytes }
    await consumer.close()
    await context.sync(consumed(compression))
  }
  await client.close()
  return results
}
