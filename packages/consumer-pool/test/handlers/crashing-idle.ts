/** Ends its thread without a record, once `data` says so. */
import type { HandlerContext } from '../../src/index.ts'

export function start({ data }: HandlerContext<SharedArrayBuffer>): void {
  const words = new Int32Array(data)
  setInterval(() => {
    if (Atomics.load(words, 0) === 1) throw new RangeError('not in a handler')
  }, 1)
}

export function handle(): void {}
