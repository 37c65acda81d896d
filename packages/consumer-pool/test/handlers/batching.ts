/** Handles batches; fails at `bad`, having done what was before it. */
import type { ConsumerRecords } from '@ringlog/consumer'
import type { BatchContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export async function handleBatch(records: ConsumerRecords, context: BatchContext): Promise<void> {
  await Promise.resolve()
  for (const record of records) {
    const value = String(record.value)
    if (value === 'bad') throw new RangeError('bad')
    writeDone(`${value}:${context.attempt}`, context)
    context.done(record)
  }
}
