/** Fails on records `bad`: so many times as `data` says; answers with the attempt. */
import type { ConsumerRecord } from '@ringlog/consumer'
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export async function handle(
  record: ConsumerRecord,
  context: HandlerContext<number>,
): Promise<number> {
  await Promise.resolve()
  const value = String(record.value)
  if (value.startsWith('bad') && context.attempt <= context.data) {
    throw new RangeError(`${value} is bad`)
  }
  writeDone(`${value}:${context.attempt}`, context)
  return context.attempt
}
