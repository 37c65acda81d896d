/** What the pool does with a record. */
import type { ConsumerRecord, HandlerContext } from 'ringlog'
import { Tallies } from './tallies.ts'

let tallies: Tallies | null = null

export function handle(_record: ConsumerRecord, { data }: HandlerContext<SharedArrayBuffer>): void {
  tallies ??= new Tallies(data)
  tallies.add('handled')
}
