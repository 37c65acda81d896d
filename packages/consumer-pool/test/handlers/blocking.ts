/** Blocks its thread until it may go on. */
import type { ConsumerRecord } from '@ringlog/consumer'
import type { HandlerContext } from '../../src/index.ts'

export function handle(_: ConsumerRecord, { data }: HandlerContext): void {
  const words = new Int32Array(data as SharedArrayBuffer)
  Atomics.add(words, 1, 1)
  Atomics.wait(words, 0, 0)
}
