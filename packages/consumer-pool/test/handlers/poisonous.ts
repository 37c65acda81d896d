/**
 * Records that take their thread down, each in its way; all others are written down after a while. Words of
 * `data`: how many calls there were with poison, then the attempts of each.
 */
import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchContext, HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

const never = new Promise<never>(() => undefined)

function boom(): never {
  throw new RangeError('boom')
}

export async function handle(
  { value }: ConsumerRecord,
  context: HandlerContext<SharedArrayBuffer>,
): Promise<void> {
  const [what] = String(value).split(':')
  const { attempt } = context
  if (what !== 'fine' && what !== 'slow') {
    const words = new Int32Array(context.data)
    Atomics.store(words, 1 + Atomics.add(words, 0, 1), attempt)
  }
  if (what === 'exit') process.exit(1)
  if (what === 'callback') {
    setTimeout(boom, 1)
    await never
  }
  if (what === 'mixed') {
    if (attempt === 1) throw new RangeError('the first time')
    process.exit(1)
  }
  await sleep(what === 'slow' ? 50 : Math.random() * 4)
  writeDone(String(value), context)
}

export async function handleEach(
  records: ConsumerRecords,
  context: BatchContext<SharedArrayBuffer>,
): Promise<void> {
  for (const record of records) {
    await handle(record, context)
    context.done(record)
  }
}
