/** Answers: the value, doubled; its own bytes; something that cannot cross threads; or an error. */
import type { ConsumerRecord } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'

export async function handle(record: ConsumerRecord, context: HandlerContext): Promise<unknown> {
  const value = String(record.value)
  if (value === 'bytes') return record.value
  if (value === 'function') return () => undefined
  if (value === 'wait') await sleep(60_000, undefined, { signal: context.signal })
  if (value === 'error') {
    throw new RinglogError('MESSAGE_TOO_LARGE', 'too large to be handled', { details: { size: 7 } })
  }
  return { doubled: Number(value) * 2, threadIndex: context.threadIndex }
}
