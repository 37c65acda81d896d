/** Waits in every record until `data` lets it go on; ends when its signal is aborted. */
import type { ConsumerRecord } from '@ringlog/consumer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export async function handle(
  record: ConsumerRecord,
  context: HandlerContext<SharedArrayBuffer>,
): Promise<void> {
  const words = new Int32Array(context.data)
  Atomics.add(words, 1, 1)
  while (Atomics.load(words, 0) === 0) await sleep(1, undefined, { signal: context.signal })
  writeDone(String(record.value), context)
}
