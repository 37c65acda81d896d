/** What pools of the bench handle records with: checks, counts and sums them, works, and answers. */
import type { ConsumerRecord, HandlerContext } from 'ringlog'
import { StampChecker } from '../metrics/stamped-value.ts'
import { work } from './work.ts'

export interface MeasuredHandlerData {
  /** Two int64: how many records were handled, and the sum of their sequences. */
  readonly tally: SharedArrayBuffer
  readonly recordSizeBytes: number
  readonly workMicros: number
}

let checker: StampChecker
let tally: BigInt64Array

export function start({ data }: HandlerContext<MeasuredHandlerData>): void {
  checker = new StampChecker(data.recordSizeBytes, 1)
  tally = new BigInt64Array(data.tally)
}

/** Answers with the record's sequence. */
export function handle(
  { partition, value }: ConsumerRecord,
  { data }: HandlerContext<MeasuredHandlerData>,
): number {
  checker.check(value!, 0, value!.length, partition)
  if (work(value!, data.workMicros) === 0) throw new Error('the work went wrong')
  const sequence = value!.readUInt32LE(0)
  Atomics.add(tally, 0, 1n)
  Atomics.add(tally, 1, BigInt(sequence))
  return sequence
}
