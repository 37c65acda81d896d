/** Hangs where `data` says: in its start, asleep or busy, or in the first thread alone after an error. */
import type { HandlerContext } from '../../src/index.ts'

export async function start({ data, threadIndex }: HandlerContext<string>): Promise<void> {
  if (data === 'busy') for (;;);
  if (data === 'error' && threadIndex === 1) throw new RangeError('no database')
  await new Promise(() => undefined)
}

export function handle(): void {}
