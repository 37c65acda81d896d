import { RecordBatchCursor, RecordBatchValidator, decompressBatch } from '@ringlog/core'
import { decodeHeaders } from '@ringlog/core/internal'
import { generateBatch, repairBatch } from '../input/generate-batch.ts'
import { mutateBytes, viewOf } from '../input/mutate-bytes.ts'
import { decodePlainly, type PlainBatch, type PlainRecord } from '../reference/plain-decoder.ts'
import { LogRig, inWords } from './log-rig.ts'
import { assertRefusal, kindOf, refusalOf } from './refusal.ts'
import { demand, type Target } from './target.ts'

const CONTROL_FLAG = 0x20
/** What a topic of small messages decompresses at most. */
const MAX_DECOMPRESSED_BYTES = 16 * 1024 * 1024
const FOREVER = { requestDeadlineMs: Infinity, waitingSinceMs: 0, maxBlockMs: 0 }

/**
 * Record batches: header, validator, cursor, headers, codecs, and the log that they go into. What is
 * accepted is what the plain decoder accepts, and reads the same.
 */
export function batchTarget(isCompressed: boolean): Target {
  const validator = new RecordBatchValidator()
  const cursor = new RecordBatchCursor()
  const rig = new LogRig()
  const codecs = ['compression', 'compression-codecs', 'compression-lz4', 'compression-snappy']
  const decoders = ['record-batch-validator', 'record-batch-cursor', 'ordinary-records']
  const files = isCompressed ? codecs : [...decoders, 'record-headers']
  return {
    name: isCompressed ? 'compressed' : 'batch',
    covers: files.map((file) => `packages/core/src/record/${file}.ts`),
    generate(random) {
      const batch = generateBatch(random, { lies: random.pick([0, 0.02, 0.1]), isCompressed })
      if (random.chance(0.3)) return batch
      const mutated = mutateBytes(batch, random)
      return random.chance(0.7) ? repairBatch(mutated) : mutated
    },
    run(input) {
      // The cursor walks whatever it is opened on; it is the validator that has looked before.
      const walked = walk(cursor, input)
      const outcome = compareVerdicts(validator, input)
      const refusal = rig.append(input.slice(), FOREVER, null)
      const isGood = outcome === 'accepted'
      demand(
        isGood || refusal !== null,
        () => `the log took what the validator refused: ${outcome}`,
      )
      return `${outcome}; ${walked}; ${refusal === null ? 'appended' : kindOf(refusal)}`
    },
  }
}

/** What the cursor reads, with all headers; or why it stopped. */
function walk(cursor: RecordBatchCursor, bytes: Uint8Array): string {
  let records = 0
  const refusal = refusalOf(() => {
    cursor.open(bytes, 0)
    while (cursor.next()) {
      records++
      const { keyStart, keyLength, valueStart, valueLength, headersStart, recordEnd } = cursor
      demand(keyStart + Math.max(0, keyLength) <= recordEnd, () => 'a key passes its record')
      demand(valueStart + Math.max(0, valueLength) <= headersStart, () => 'a value passes its end')
      demand(recordEnd <= bytes.length, () => 'a record passes the end')
      refusalOf(() => decodeHeaders(bytes, headersStart, recordEnd))
    }
  })
  demand(records <= bytes.length, () => 'there are more records than bytes')
  return refusal === null ? 'walked' : kindOf(refusal)
}

function compareVerdicts(validator: RecordBatchValidator, input: Uint8Array): string {
  const batch = input.slice()
  let fault: string | null
  try {
    fault = validator.findFault(batch)
  } catch (error) {
    return kindOf(assertRefusal(error))
  }
  demand(Buffer.from(input).equals(batch), () => 'the validator changed the batch')
  const plain = plainVerdict(input)
  const isControl = input.length >= 61 && (input[22]! & CONTROL_FLAG) !== 0
  if (fault === null) {
    // Markers are only counted: no client may write any, and no cursor hands one out.
    if (isControl) return 'accepted markers'
    demand(
      typeof plain !== 'string',
      () => `accepted, but the plain decoder says: ${JSON.stringify(plain, inWords)}`,
    )
    const latest = plain.records.reduce(
      (max, { timestamp }) => (timestamp > max ? timestamp : max),
      -1n,
    )
    const isLatest = BigInt(validator.maxTimestamp) === latest
    demand(isLatest, () => `maxTimestamp ${validator.maxTimestamp} is not ${latest}`)
    demandSameRecords(decompressBatch(input), plain.records)
    return 'accepted'
  }
  demand(
    typeof plain === 'string' || isControl,
    () => `refused (${fault}), but the plain decoder takes it`,
  )
  return fault.replaceAll(/-?\d+/g, '#')
}

function plainVerdict(input: Uint8Array): PlainBatch | string {
  if (input.length < 61 || viewOf(input).getInt32(8) + 12 !== input.length) return 'length'
  const compression = input[22]! & 7
  if (compression === 0) return decodePlainly(input)
  if (compression > 4 || (input[22]! & CONTROL_FLAG) !== 0) return 'compression'
  try {
    return decodePlainly(decompressBatch(input, { maxBytes: MAX_DECOMPRESSED_BYTES }))
  } catch (error) {
    return assertRefusal(error).code
  }
}

function demandSameRecords(batch: Uint8Array, expected: readonly PlainRecord[]): void {
  const cursor = new RecordBatchCursor()
  cursor.open(batch, 0)
  const hex = (start: number, length: number): string | null =>
    length < 0 ? null : Buffer.from(batch.subarray(start, start + length)).toString('hex')
  for (const record of expected) {
    demand(cursor.next(), () => 'the cursor ends too early')
    const headers = decodeHeaders(batch, cursor.headersStart, cursor.recordEnd)
    const names = record.headers.map(([name]) => Buffer.from(name, 'hex').toString('utf8'))
    const read = {
      offset: BigInt(cursor.offset),
      timestamp: BigInt(cursor.timestamp),
      key: hex(cursor.keyStart, cursor.keyLength),
      value: hex(cursor.valueStart, cursor.valueLength),
      headers: headers.map(([name, value]) => [name, value?.toString('hex') ?? null]),
    }
    const isSame =
      JSON.stringify(read, inWords) ===
      JSON.stringify(
        { ...record, headers: record.headers.map(([, value], i) => [names[i], value]) },
        inWords,
      )
    demand(isSame, () => 'the cursor reads a record that the plain decoder does not')
  }
  demand(!cursor.next(), () => 'the cursor reads on')
}
