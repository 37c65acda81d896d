/**
 * `block` blocks its thread until `data` lets it go on. All else waits until `data` lets it go on,
 * whatever its signal says, and notes where it begins and ends. Words of `data`: [what waits may go on,
 * what blocks may go on, how many have begun].
 */
import type { ConsumerRecord } from '@ringlog/consumer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export async function handle(
  record: ConsumerRecord,
  context: HandlerContext<SharedArrayBuffer>,
): Promise<void> {
  const words = new Int32Array(context.data)
  const value = String(record.value)
  if (value === 'block') {
    Atomics.wait(words, 1, 0)
    return
  }
  Atomics.add(words, 2, 1)
  writeDone(`begin ${value}`, context)
  while (Atomics.load(words, 0) === 0) await sleep(1)
  writeDone(`end ${value}`, context)
}
