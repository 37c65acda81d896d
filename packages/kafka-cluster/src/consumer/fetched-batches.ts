import {
  BATCH_ALIGNMENT_BYTES,
  RecordBatchHeader,
  RinglogError,
  alignUp,
  partitionName,
  type TopicPartition,
} from '@ringlog/core/internal'
import {
  ATTRIBUTES_BYTE,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_BYTE,
  BATCH_LENGTH_OVERHEAD_BYTES,
  CONTROL_FLAG,
  MAGIC_V2,
  batchSizeAt,
  readInt16,
  writeInt16,
  writeInt32,
} from '@ringlog/core/internal/cluster'
import { crcOfBatch } from '@ringlog/storage'
import { AbortedProducers } from './aborted-producers.ts'
import { BytePieces } from './byte-pieces.ts'
import type { FetchMemory } from './fetch-memory.ts'
import type { AbortedTransaction } from './fetch-api.ts'

/** Whole batches in memory of our own, at multiples of 8 bytes, as a `LogReader` gives them. */
export interface FetchedBatches {
  readonly bytes: Uint8Array
  /** What `bytes` lie in, for `FetchMemory.giveBack`. */
  readonly memory: Uint8Array
  /** The offset that was asked for, and the one after the last batch. */
  readonly firstOffset: number
  readonly nextOffset: number
  /** The leader epoch that the last batch was appended in. */
  readonly leaderEpoch: number
  /** What follows the batches cannot be read; `null`: nothing is known of that. */
  readonly fault: RinglogError | null
}

/**
 * Copies the batches of a `Fetch` out of what a socket has received: once, and no record is looked at.
 *
 * - A last batch that is cut off is left out, and so is what lies before the offset asked for. Brokers send the first one
 *   whole, whatever its size: one that is not is malformed, and would be asked for again and again.
 * - The checksum of every batch is held against the bytes that were copied.
 * - Of a batch whose transaction was aborted only the header stays, as that of a batch of markers: readers pass it
 *   over, and know how far it goes.
 *
 * @param fetchMemory What the batches are copied to.
 * @param aborted The transactions that the answer says were aborted; empty where they are to be seen.
 */
export function copyFetchedBatches(
  at: TopicPartition,
  offset: number,
  records: readonly Uint8Array[],
  fetchMemory: FetchMemory,
  aborted: readonly AbortedTransaction[],
): FetchedBatches {
  const pieces = new BytePieces(records)
  const plan = planOf(pieces)
  const bytes = fetchMemory.take(plan.bytes)
  const header = new RecordBatchHeader()
  const abortedProducers = new AbortedProducers(aborted)
  let end = 0
  let nextOffset = offset
  let leaderEpoch = -1
  const isNoneWhole = plan.sizes.length === 0 && pieces.length > 0
  let fault = isNoneWhole ? notWhole(at, offset, pieces.length) : null
  pieces.rewind()
  for (let i = 0; i < plan.sizes.length; i++) {
    const sizeBytes = plan.sizes[i]!
    pieces.copy(sizeBytes, bytes, end)
    header.wrap(bytes, end)
    const found = faultOf(header, bytes.subarray(end, end + sizeBytes))
    if (found !== null) {
      fault = corruptBatch(at, header, nextOffset, found)
      break
    }
    if (header.lastOffset < nextOffset) continue
    nextOffset = header.lastOffset + 1
    leaderEpoch = header.partitionLeaderEpoch
    const isVoid = abortedProducers.isVoid(header, bytes, end)
    if (isVoid) leaveHeaderOnly(bytes, end)
    end = alignUp(end + (isVoid ? BATCH_HEADER_BYTES : sizeBytes), BATCH_ALIGNMENT_BYTES)
  }
  return {
    bytes: bytes.subarray(0, end),
    memory: bytes,
    firstOffset: offset,
    nextOffset,
    leaderEpoch,
    fault,
  }
}

/** The sizes of the batches that are there whole, and the room that they take. */
function planOf(pieces: BytePieces): { readonly sizes: readonly number[]; readonly bytes: number } {
  const start = new Uint8Array(BATCH_LENGTH_OVERHEAD_BYTES)
  const sizes: number[] = []
  let bytes = 0
  while (pieces.remaining >= BATCH_HEADER_BYTES) {
    pieces.peek(BATCH_LENGTH_OVERHEAD_BYTES, start)
    // What is too short to be a batch is kept, and found to be at fault.
    const sizeBytes = Math.max(batchSizeAt(start, 0), BATCH_HEADER_BYTES)
    if (sizeBytes > pieces.remaining) break
    pieces.skip(sizeBytes)
    sizes.push(sizeBytes)
    bytes = alignUp(bytes + sizeBytes, BATCH_ALIGNMENT_BYTES)
  }
  return { sizes, bytes }
}

/** What is wrong with a batch; `null`: nothing. */
function faultOf(header: RecordBatchHeader, batch: Uint8Array): string | null {
  const { magic } = header
  if (magic !== MAGIC_V2) return `magic=${magic}: Ringlog reads batches of Kafka 0.11 and later`
  if (header.sizeBytes !== batch.length) return `sizeBytes=${header.sizeBytes}`
  if (header.lastOffsetDelta < 0 || header.recordsCount < 0) {
    return `lastOffsetDelta=${header.lastOffsetDelta}, recordsCount=${header.recordsCount}`
  }
  const crc = crcOfBatch(batch, 0, batch.length)
  return crc === header.crc ? null : `crc=${header.crc}, of the bytes=${crc}`
}

function notWhole(at: TopicPartition, offset: number, byteCount: number): RinglogError {
  return new RinglogError(
    'CORRUPT_MESSAGE',
    `a record batch that the cluster has sent is not whole: partition=${partitionName(at.topic, at.partition)}, ` +
      `offset=${offset}, bytes=${byteCount}`,
    { details: { ...at, baseOffset: offset, lastOffset: offset } },
  )
}

function corruptBatch(
  at: TopicPartition,
  header: RecordBatchHeader,
  offset: number,
  fault: string,
): RinglogError {
  const { baseOffset } = header
  const lastOffset = Math.max(header.lastOffset, offset)
  return new RinglogError(
    'CORRUPT_MESSAGE',
    `a record batch that the cluster has sent is malformed: partition=${partitionName(at.topic, at.partition)}, ` +
      `baseOffset=${baseOffset}, lastOffset=${lastOffset}, ${fault}`,
    { details: { ...at, baseOffset, lastOffset } },
  )
}

/** Makes a batch one of markers that has none. */
function leaveHeaderOnly(bytes: Uint8Array, start: number): void {
  const attributes = readInt16(bytes, start + ATTRIBUTES_BYTE)
  writeInt16(bytes, start + ATTRIBUTES_BYTE, attributes | CONTROL_FLAG)
  writeInt32(bytes, start + BATCH_LENGTH_BYTE, BATCH_HEADER_BYTES - BATCH_LENGTH_OVERHEAD_BYTES)
}
