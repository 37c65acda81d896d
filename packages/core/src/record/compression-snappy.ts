import { TooLargeToDecompress } from './compression-limit.ts'

/**
 * Snappy as Kafka's Java client writes it: snappy-java's framing around raw blocks. Other clients
 * write one raw block without it; both are read.
 *
 * ```text
 *  0x82 "SNAPPY" 0x00, version int32, lowest compatible version int32,
 *  then blocks: size int32, raw snappy of at most 32 KiB (all big-endian)
 *
 *  raw: the uncompressed length as a varint, then literals and copies
 * ```
 *
 * Source: snappy-java, `SnappyOutputStream.java`, `SnappyCodec.java`; snappy's
 * `format_description.txt`.
 */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const VERSION = 1
const HEADER_BYTES = MAGIC.length + 8
/** snappy-java's default. */
const BLOCK_BYTES = 32 * 1024

/**
 * A block costs a call into native code, however little comes out of it: there may be one for each so many
 * bytes that may come out, the least that snappy-java can be told, and some that are smaller.
 */
const MIN_BYTES_OF_BLOCK = 1024
const MAX_SMALL_BLOCKS = 16

type BlockCodec = (block: Uint8Array) => Uint8Array

export function compressXerial(bytes: Uint8Array, compressBlock: BlockCodec): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeInt32BE(VERSION, MAGIC.length)
  header.writeInt32BE(VERSION, MAGIC.length + 4)
  const parts: Uint8Array[] = [header]
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const block = compressBlock(bytes.subarray(start, start + BLOCK_BYTES))
    const size = Buffer.alloc(4)
    size.writeInt32BE(block.length)
    parts.push(size, block)
  }
  return Buffer.concat(parts)
}

/**
 * Decompresses either form. How much comes out is known before any memory is made for it.
 *
 * @throws TooLargeToDecompress; Error when the bytes are malformed.
 */
export function decompressSnappy(
  bytes: Uint8Array,
  maxBytes: number,
  decompressBlock: BlockCodec,
): Uint8Array {
  const maxBlocks = Math.max(maxBytes, 0) / MIN_BYTES_OF_BLOCK + MAX_SMALL_BLOCKS
  const blocks = isFramed(bytes) ? blocksOf(bytes, maxBlocks) : [bytes]
  let sizeBytes = 0
  for (const block of blocks) sizeBytes += uncompressedLengthOf(block)
  if (sizeBytes > maxBytes) throw new TooLargeToDecompress()
  const decompressed = blocks.map(decompressBlock)
  return decompressed.length === 1 ? decompressed[0]! : Buffer.concat(decompressed)
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && MAGIC.equals(bytes.subarray(0, MAGIC.length))
}

function blocksOf(bytes: Uint8Array, maxBlocks: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const blocks: Uint8Array[] = []
  for (let at = HEADER_BYTES; at < bytes.length;) {
    // Past the end this throws a RangeError: the frame ends too early.
    const blockBytes = view.getInt32(at)
    at += 4
    if (blockBytes < 0 || at + blockBytes > bytes.length) throw new Error('ends within a block')
    if (blocks.length >= maxBlocks) throw new Error('has too many blocks')
    blocks.push(bytes.subarray(at, at + blockBytes))
    at += blockBytes
  }
  return blocks
}

/** The varint at a raw block's start: at most 32 bits in at most 5 bytes. */
function uncompressedLengthOf(block: Uint8Array): number {
  let length = 0
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i]!
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return length
  }
  throw new Error('has no length')
}
