/**
 * Writes a hundred records of 1 kB for each that it is given, as `data` says: by `produce`, which waits for
 * room, or by `write`, whatever that returns.
 */
import type { ConsumerRecord } from '@ringlog/consumer'
import type { HandlerContext } from '../../src/index.ts'

const padding = 'x'.repeat(1_000)

export async function handle(
  { value }: ConsumerRecord,
  { data, produce, producer }: HandlerContext<'produce' | 'write'>,
): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const record = { topic: 'done', value: `${String(value)}:${i}:${padding}` }
    if (data === 'write') producer.write(record)
    else await produce(record)
  }
}
