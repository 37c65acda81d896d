/**
 * Handles records in a random while, or at once; fails now and then at the first attempt; and ends its
 * thread when that is demanded, before or after the record is handled.
 */
import type { ConsumerRecord } from '@ringlog/consumer'
import { seededRandom } from '@ringlog/test-kit'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext } from '../../src/index.ts'
import { HandlingLedger, type LedgerMemory } from './handling-ledger.ts'

export interface HandlerData {
  partitions: number
  keys: number
  ledger: LedgerMemory
  seed: number
}

let ledger: HandlingLedger
let thread = 0
let random = (): number => 0

export function start({ data }: HandlerContext<HandlerData>): void {
  ledger = new HandlingLedger(data.partitions, data.keys, data.ledger)
  thread = ledger.addThread()
  random = seededRandom(data.seed + thread)
}

export async function handle(
  { partition, offset, value }: ConsumerRecord,
  { attempt }: HandlerContext<HandlerData>,
): Promise<void> {
  const [key, sequence] = String(value).split(':').map(Number) as [number, number]
  ledger.begin(key, sequence, thread)
  if (random() < 0.2) await sleep(random() * 3)
  const way = ledger.takeCrash(thread)
  if (way === 1) process.exit(1)
  if (way === 2) setTimeout(throwUncaught)
  const fails = attempt === 1 && random() < 0.01
  if (!fails) ledger.finish(partition, offset, key, sequence)
  if (way === 3) process.exit(1)
  ledger.end(key)
  if (fails) throw new RangeError('now and then')
}

function throwUncaught(): void {
  throw new RangeError('nobody catches this')
}
