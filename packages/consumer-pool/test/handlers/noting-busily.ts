/** As `noting`, but keeps the processor busy for each record, and waits for nothing. */
import type { ConsumerRecord } from '@ringlog/consumer'
import type { HandlerContext } from '../../src/index.ts'
import { begin, end } from './noting.ts'

const BUSY_MS = 0.3

export function handle(record: ConsumerRecord, { data }: HandlerContext<SharedArrayBuffer>): void {
  const words = new Int32Array(data)
  begin(words)
  const untilMs = performance.now() + BUSY_MS
  while (performance.now() < untilMs);
  end(words, record)
}
