import { crc32c } from './crc32c.ts'
import {
  NONE,
  readInt16,
  readInt32,
  readInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from '@ringlog/core/internal/storage'
import type { ProducerEntry } from './producer-entries.ts'

/**
 * A `.snapshot`: the producers at the offset that the file is named by. Big-endian.
 *
 * ```text
 *  byte  length  field
 *     0       2  version  int16   1
 *     2       4  crc      uint32  CRC-32C of all that follows
 *     6       4  count    int32
 *    10          entries
 *
 *  entry 0    8  producerId             int64
 *        8    2  producerEpoch          int16
 *       10    4  lastSequence           int32
 *       14    8  lastOffset             int64
 *       22    4  offsetDelta            int32
 *       26    8  timestamp              int64
 *       34    4  coordinatorEpoch       int32  -1: there are no transactions
 *       38    8  currentTxnFirstOffset  int64  -1
 * ```
 *
 * Source: Apache Kafka, `storage/internals/log/ProducerStateManager.java`, `ProducerSnapshot.json`.
 */
const VERSION = 1
const CRC_BYTE = 2
const COUNT_BYTE = CRC_BYTE + 4
const HEADER_BYTES = COUNT_BYTE + 4
const ENTRY_BYTES = 46

export function encodeProducerSnapshot(producers: readonly ProducerEntry[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + producers.length * ENTRY_BYTES)
  writeInt16(bytes, 0, VERSION)
  writeInt32(bytes, COUNT_BYTE, producers.length)
  let byte = HEADER_BYTES
  for (const producer of producers) {
    writeInt64(bytes, byte, producer.producerId)
    writeInt16(bytes, byte + 8, producer.producerEpoch)
    writeInt32(bytes, byte + 10, producer.lastSequence)
    writeInt64(bytes, byte + 14, producer.lastOffset)
    writeInt32(bytes, byte + 22, producer.offsetDelta)
    writeInt64(bytes, byte + 26, producer.timestamp)
    writeInt32(bytes, byte + 34, NONE)
    writeInt64(bytes, byte + 38, NONE)
    byte += ENTRY_BYTES
  }
  writeInt32(bytes, CRC_BYTE, crc32c(bytes.subarray(COUNT_BYTE)))
  return bytes
}

/** `null`: it is no snapshot, or not a whole one. */
export function decodeProducerSnapshot(bytes: Uint8Array): ProducerEntry[] | null {
  if (bytes.length < HEADER_BYTES || readInt16(bytes, 0) !== VERSION) return null
  if (readInt32(bytes, CRC_BYTE) >>> 0 !== crc32c(bytes.subarray(COUNT_BYTE))) return null
  if (bytes.length !== HEADER_BYTES + readInt32(bytes, COUNT_BYTE) * ENTRY_BYTES) return null
  const producers: ProducerEntry[] = []
  for (let byte = HEADER_BYTES; byte < bytes.length; byte += ENTRY_BYTES) {
    producers.push({
      producerId: readInt64(bytes, byte),
      producerEpoch: readInt16(bytes, byte + 8),
      lastSequence: readInt32(bytes, byte + 10),
      lastOffset: readInt64(bytes, byte + 14),
      offsetDelta: readInt32(bytes, byte + 22),
      timestamp: readInt64(bytes, byte + 26),
    })
  }
  return producers
}
