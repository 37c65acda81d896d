import { Consumer, type ConsumerConfig, type ConsumerRecord } from '@ringlog/consumer'
import { onTestFinished } from 'vitest'
import { MemoryLog } from './memory-log.ts'

/** A consumer of all partitions of a log, closed after the test. */
export async function consumerOf<K = Buffer | null, V = Buffer | null>(
  log: MemoryLog,
  config: ConsumerConfig<K, V> = {},
): Promise<Consumer<K, V>> {
  const consumer = new Consumer(log.client, config)
  onTestFinished(() => consumer.close())
  await consumer.assign(log.all)
  return consumer
}

/** A log of one partition that holds the values 0 … count - 1, in batches of `perBatch`. */
export function logOf(count: number, perBatch = count): MemoryLog {
  const log = new MemoryLog()
  for (let first = 0; first < count; first += perBatch) {
    const size = Math.min(perBatch, count - first)
    log.first.append(
      Array.from({ length: size }, (_, i) => ({ value: String(first + i), timestamp: first + i })),
    )
  }
  return log
}

export function valuesOf(records: Iterable<ConsumerRecord<unknown, unknown>>): string[] {
  return Array.from(records, ({ value }) => String(value))
}

export const numbers = (from: number, to: number): string[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => String(from + i))
