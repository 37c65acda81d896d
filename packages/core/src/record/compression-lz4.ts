/**
 * LZ4's frame format, as far as needed to know how many bytes come out before any memory is made.
 *
 * ```text
 *  magic 0x184d2204 (little-endian), FLG, BD, [content size 8], [dictionary id 4], header checksum 1,
 *  then blocks: size 4 (top bit: stored as it is; 0: the end), bytes, [block checksum 4];
 *  then [content checksum 4]
 *
 *  a block is sequences of: token (literal length, match length: 4 bits each; 15 goes on in bytes of
 *  255 and one below), literals, and but for the last sequence match offset 2, match length on
 * ```
 *
 * Source: lz4 `doc/lz4_Frame_format.md`, `doc/lz4_Block_format.md`; Apache Kafka,
 * `common/compress/Lz4BlockInputStream.java`.
 */
const MAGIC = 0x184d2204
const HEADER_BYTES = 7
const CONTENT_SIZE_FLAG = 0b1000
const DICTIONARY_ID_FLAG = 0b1
const CONTENT_CHECKSUM_FLAG = 0b100
const BLOCK_CHECKSUM_FLAG = 0b1_0000
const STORED_FLAG = 0x8000_0000
const MIN_MATCH_LENGTH = 4
const LONG_LENGTH = 15

/**
 * Bytes that a frame decompresses to, by its blocks' sequences; what the header says of it is not
 * trusted. Whether the bytes are well formed in every other way is left to the decoder.
 *
 * @throws Error when the bytes are not exactly one frame: they end too early, or go on after it.
 */
export function sizeOfLz4Frame(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new Error('is no LZ4 frame')
  }
  const flags = bytes[4]!
  let at = HEADER_BYTES
  if ((flags & CONTENT_SIZE_FLAG) !== 0) at += 8
  if ((flags & DICTIONARY_ID_FLAG) !== 0) at += 4
  const checksumBytes = (flags & BLOCK_CHECKSUM_FLAG) === 0 ? 0 : 4

  let sizeBytes = 0
  for (;;) {
    // Past the end this throws a RangeError: the frame ends too early.
    const field = view.getUint32(at, true)
    at += 4
    if (field === 0) break
    const isStored = (field & STORED_FLAG) !== 0
    const blockBytes = isStored ? field - STORED_FLAG : field
    const blockEnd = at + blockBytes
    if (blockEnd > bytes.length) throw new Error('ends within an LZ4 block')
    sizeBytes += isStored ? blockBytes : sizeOfBlock(bytes, at, blockEnd)
    at = blockEnd + checksumBytes
  }
  if ((flags & CONTENT_CHECKSUM_FLAG) !== 0) at += 4
  if (at !== bytes.length) throw new Error(`ends ${bytes.length - at} bytes before the last one`)
  return sizeBytes
}

function sizeOfBlock(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let sizeBytes = 0
  while (at < end) {
    const token = bytes[at++]!
    let length = token >>> 4
    if (length === LONG_LENGTH) {
      let byte = 255
      while (byte === 255 && at < end) length += byte = bytes[at++]!
    }
    sizeBytes += length
    at += length
    if (at >= end) break
    at += 2
    length = token & 0xf
    if (length === LONG_LENGTH) {
      let byte = 255
      while (byte === 255 && at < end) length += byte = bytes[at++]!
    }
    sizeBytes += length + MIN_MATCH_LENGTH
  }
  return sizeBytes
}
