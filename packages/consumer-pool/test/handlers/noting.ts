/**
 * Takes a random while for each record and notes it: words of `data` are how many have begun, how many have
 * ended, and for each partition and offset whether it has.
 */
import type { ConsumerRecord } from '@ringlog/consumer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'

/** Records of a partition, at most. */
export const NOTED = 10_000
export const FIRST_NOTED_WORD = 2

export async function handle(
  record: ConsumerRecord,
  { data }: HandlerContext<SharedArrayBuffer>,
): Promise<void> {
  const words = new Int32Array(data)
  begin(words)
  await sleep(String(record.key) === 'key-0' ? 5 : Math.random())
  end(words, record)
}

export function begin(words: Int32Array): void {
  Atomics.add(words, 0, 1)
}

export function end(words: Int32Array, { partition, offset }: ConsumerRecord): void {
  Atomics.store(words, FIRST_NOTED_WORD + partition * NOTED + offset, 1)
  Atomics.add(words, 1, 1)
}
