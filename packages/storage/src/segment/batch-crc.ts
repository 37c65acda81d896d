import { crc32c } from './crc32c.ts'
import { ATTRIBUTES_BYTE, CRC_BYTE, writeInt32 } from '@ringlog/core/internal/storage'

/** The CRC-32C that a batch's header is to have. */
export function crcOfBatch(bytes: Uint8Array, byteIndex: number, sizeBytes: number): number {
  return crc32c(bytes.subarray(byteIndex + ATTRIBUTES_BYTE, byteIndex + sizeBytes))
}

/** Gives a batch, which has none inside the process, its CRC. */
export function stampCrc(bytes: Uint8Array, byteIndex: number, sizeBytes: number): void {
  writeInt32(bytes, byteIndex + CRC_BYTE, crcOfBatch(bytes, byteIndex, sizeBytes))
}
