/** Takes a random while for each record; notes how many run at once. */
import type { ConsumerRecord } from '@ringlog/consumer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

let running = 0
let most = 0

export async function handle(record: ConsumerRecord, context: HandlerContext): Promise<void> {
  most = Math.max(most, ++running)
  await sleep(Math.random() * 4)
  running--
  writeDone(String(record.value), context)
}

export function stop(context: HandlerContext): void {
  writeDone(`most:${most}`, context)
}
