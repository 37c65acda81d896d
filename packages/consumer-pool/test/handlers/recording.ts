/** Writes every record down at once. */
import type { ConsumerRecord } from '@ringlog/consumer'
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export function handle(record: ConsumerRecord, context: HandlerContext): void {
  writeDone(String(record.value), context)
}
