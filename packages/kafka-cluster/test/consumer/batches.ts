import {
  ATTRIBUTES_BYTE,
  CONTROL_FLAG,
  TRANSACTIONAL_FLAG,
  writeInt16,
} from '@ringlog/core/internal/cluster'
import { RecordBatchBuilder } from '@ringlog/core/internal'
import { stampCrc } from '@ringlog/storage'

const LEADER_EPOCH_BYTE = 12

/** A batch as a broker sends it. */
export function batchAt(
  baseOffset: number,
  values: readonly string[],
  { producerId = -1, isTransactional = false, isControl = false, leaderEpoch = 0 } = {},
): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(65_536))
  for (const value of values) builder.tryAppend(isControl ? value : null, value, 1_000)
  const producer = { producerId, producerEpoch: producerId < 0 ? -1 : 0, baseSequence: -1 }
  const batch = new Uint8Array(builder.seal({ baseOffset, producer }))
  const flags = (isTransactional ? TRANSACTIONAL_FLAG : 0) | (isControl ? CONTROL_FLAG : 0)
  writeInt16(batch, ATTRIBUTES_BYTE, flags)
  stampCrc(batch, 0, batch.length)
  new DataView(batch.buffer).setInt32(LEADER_EPOCH_BYTE, leaderEpoch) // the checksum begins behind it
  return batch
}

/** The batch that ends a transaction. */
export function markerAt(
  baseOffset: number,
  producerId: number,
  how: 'abort' | 'commit',
): Uint8Array {
  const key = `\0\0\0${how === 'abort' ? '\0' : '\x01'}`
  return batchAt(baseOffset, [key], { producerId, isTransactional: true, isControl: true })
}

/** Bytes in pieces of a size, as a socket may give them. */
export function piecesOf(bytes: Uint8Array, pieceBytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    pieces.push(bytes.subarray(start, start + pieceBytes))
  }
  return pieces
}

export function concat(...batches: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(batches))
}
