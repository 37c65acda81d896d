import { recordsIn, type RecordSlice } from '@ringlog/consumer/internal'
import { RecordBatchHeader, RinglogError, canBeAppendedAgain } from '@ringlog/core/internal'
import type { Producer } from '@ringlog/producer'
import { writeEncoded } from '@ringlog/producer/internal'

const header = new RecordBatchHeader()

/**
 * Writes the records of a slice to their partition of the target; resolves when more may be written. A whole batch goes
 * as it is, compressed or not; else its records are encoded anew, with the timestamps and headers that they have.
 *
 * @returns Whether it went as a batch.
 * @throws RinglogError as `Producer.write`, but BUFFER_FULL, which is waited for.
 */
export async function writeSlice(producer: Producer, slice: RecordSlice): Promise<boolean> {
  const batch = wholeBatchOf(slice)
  const mayGoOn = batch === null ? null : tryWriteBatch(producer, slice, batch)
  if (mayGoOn === null) {
    await writeRecords(producer, slice)
    return false
  }
  if (!mayGoOn) await producer.drained()
  return true
}

/** The bytes of the batch that a slice is all of; `null`: it is a part, or has to be encoded anew. */
function wholeBatchOf({ chunk, batchStart, compressed, ...part }: RecordSlice): Uint8Array | null {
  const { bytes } = compressed?.chunk ?? chunk
  const start = compressed?.batchStart ?? batchStart
  header.wrap(bytes, start)
  const isWhole = part.recordIndex === 0 && part.count === header.recordsCount
  if (!isWhole || !canBeAppendedAgain(header)) return null
  return bytes.subarray(start, start + header.sizeBytes)
}

/** `null`: it is not taken; its records may be. */
function tryWriteBatch(producer: Producer, { at }: RecordSlice, batch: Uint8Array): boolean | null {
  try {
    return writeEncoded(producer, at, batch)
  } catch (error) {
    // Larger than the target takes: its records may fit one by one.
    if (RinglogError.is(error, 'MESSAGE_TOO_LARGE')) return null
    throw error
  }
}

async function writeRecords(producer: Producer, slice: RecordSlice): Promise<void> {
  for (const { topic, partition, key, value, timestamp, headers } of recordsIn(slice)) {
    const record = { topic, partition, key, value, timestamp, headers }
    let mayGoOn = tryWrite(producer, record)
    while (mayGoOn === null) {
      await producer.flush() // gives all memory back
      mayGoOn = tryWrite(producer, record)
    }
    if (!mayGoOn) await producer.drained()
  }
}

/** `null`: there is no memory for it. */
function tryWrite(producer: Producer, record: Parameters<Producer['write']>[0]): boolean | null {
  try {
    return producer.write(record)
  } catch (error) {
    if (RinglogError.is(error, 'BUFFER_FULL')) return null
    throw error
  }
}
