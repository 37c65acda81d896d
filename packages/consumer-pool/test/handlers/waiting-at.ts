/** As `recording`, but waits at `wait` until its signal is aborted, or `data` lets it go on. */
import type { ConsumerRecord } from '@ringlog/consumer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export async function handle(
  record: ConsumerRecord,
  context: HandlerContext<SharedArrayBuffer>,
): Promise<string> {
  const words = new Int32Array(context.data)
  const value = String(record.value)
  if (value.startsWith('wait')) {
    Atomics.add(words, 1, 1)
    while (Atomics.load(words, 0) === 0) await sleep(1, undefined, { signal: context.signal })
  }
  writeDone(value, context)
  return `${record.topic}-${record.partition}`
}
