/** What Piscina's threads do with a value: the same as the pools' handler, a task a record. */
import { work } from './work.ts'

export interface PiscinaTask {
  readonly value: Uint8Array
  readonly workMicros: number
}

/** Answers with the record's sequence. */
export default function handle({ value, workMicros }: PiscinaTask): number {
  if (work(value, workMicros) === 0) throw new Error('the work went wrong')
  return new DataView(value.buffer, value.byteOffset).getUint32(0, true)
}
