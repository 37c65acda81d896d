import { readFileSync } from 'node:fs'
import type { HexRecord } from './hex-records.ts'

/** A batch as Kafka's Java client wrote it; see `test/golden/README.md`. */
export interface GoldenBatch {
  name: string
  baseOffset: number
  producerId: number
  producerEpoch: number
  baseSequence: number
  /** -1: the records' own timestamps count. */
  logAppendTimeMs: number
  records: Array<Omit<HexRecord, 'offset'>>
  bytes: Buffer
}

const file = new URL('../golden/record-batches.json', import.meta.url)

export const GOLDEN_BATCHES: readonly GoldenBatch[] = JSON.parse(
  readFileSync(file, 'utf8'),
  (name, value: unknown) => (name === 'bytes' ? Buffer.from(value as string, 'hex') : value),
) as GoldenBatch[]
