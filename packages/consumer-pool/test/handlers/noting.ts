/**
 * Takes a random while for each record, and notes it: words of `data` are how many have begun, how many have
 * ended, and for each partition and offset whether it has.
 */
import type { ConsumerRecord } from '@ringlog/consumer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'

/** Records of a partition, at most. */
export const NOTED = 10_000
export const FIRST_NOTED_WORD = 2

export async function handle(
  { partition, offset, key }: ConsumerRecord,
  { data }: HandlerContext<SharedArrayBuffer>,
): Promise<void> {
  const words = new Int32Array(data)
  Atomics.add(words, 0, 1)
  await sleep(String(key) === 'key-0' ? 5 : Math.random())
  Atomics.store(words, FIRST_NOTED_WORD + partition * NOTED + offset, 1)
  Atomics.add(words, 1, 1)
}
