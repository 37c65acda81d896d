/** Ends its thread at the record `key-0:50`, the first time; `data` holds whether that was. */
import type { ConsumerRecord } from '@ringlog/consumer'
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export function handle(record: ConsumerRecord, context: HandlerContext<SharedArrayBuffer>): void {
  const crashes = new Int32Array(context.data)
  const value = String(record.value)
  if (value === 'key-0:50' && Atomics.exchange(crashes, 0, 1) === 0) process.exit(1)
  writeDone(value, context)
}
