import type * as Lz4 from 'lz4-napi'
import type * as Snappy from 'snappy'
import { RinglogError } from '../errors/ringlog-error.ts'
import { TooLargeToDecompress } from './compression-limit.ts'
import { sizeOfLz4Frame } from './compression-lz4.ts'
import { compressXerial, decompressSnappy } from './compression-snappy.ts'

/** How the records of a batch are compressed: Kafka's names. */
export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** By the number that stands in a batch's attributes. */
export const COMPRESSION_TYPES: readonly CompressionType[] = [
  'none',
  'gzip',
  'snappy',
  'lz4',
  'zstd',
]

/** Compresses and decompresses the records of a batch as Kafka's clients do. */
export interface CompressionCodec {
  compress(bytes: Uint8Array): Uint8Array
  /**
   * @throws `TooLargeToDecompress` when more than `maxBytes` would come out; any other error when the
   *   bytes are malformed.
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array
}

/** What zlib cannot make at once, whatever it is asked for. */
const MIN_OUTPUT_BYTES = 1

/** What zlib answers with `info`; its types do not know of it. */
interface ZlibInfo {
  readonly buffer: Buffer
  /** `bytesWritten`: of those that were given, how many it has used. */
  readonly engine: { readonly bytesWritten: number }
}

/** @throws Error also when bytes are left over: zlib passes over what follows the compressed ones. */
function decompressWithin(
  decompress: (bytes: Uint8Array, options: { maxOutputLength: number; info: true }) => unknown,
  bytes: Uint8Array,
  maxBytes: number,
): Buffer {
  let answer: ZlibInfo
  try {
    const maxOutputLength = Math.max(maxBytes, MIN_OUTPUT_BYTES)
    answer = decompress(bytes, { maxOutputLength, info: true }) as ZlibInfo
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error
    throw new TooLargeToDecompress()
  }
  const restBytes = bytes.length - answer.engine.bytesWritten
  if (restBytes !== 0) throw new Error(`has ${restBytes} bytes after the compressed ones`)
  return answer.buffer
}

/** Loaded when first used: most programs never compress, and every thread would pay for them. */
const codecs: Array<CompressionCodec | undefined> = []

/** Node's own, as zstd; they stop at `maxBytes` by themselves. */
function loadGzip(): CompressionCodec {
  const { gunzipSync, gzipSync } = process.getBuiltinModule('node:zlib')
  return {
    compress: (bytes) => gzipSync(bytes),
    decompress: (bytes, maxBytes) => decompressWithin(gunzipSync, bytes, maxBytes),
  }
}

function loadZstd(): CompressionCodec {
  const zlib = process.getBuiltinModule('node:zlib')
  const { ZSTD_c_compressionLevel, ZSTD_c_contentSizeFlag } = zlib.constants
  return {
    compress: (bytes) =>
      zlib.zstdCompressSync(bytes, {
        // Kafka's default level; and the size in the frame, by which a reader makes its memory at once.
        params: { [ZSTD_c_compressionLevel]: 3, [ZSTD_c_contentSizeFlag]: 1 },
        pledgedSrcSize: bytes.length,
      }),
    decompress: (bytes, maxBytes) => decompressWithin(zlib.zstdDecompressSync, bytes, maxBytes),
  }
}

function loadPackage(name: string): unknown {
  return process.getBuiltinModule('node:module').createRequire(whereToLookFrom())(name)
}

/** From where the packages of the codecs are found, which only this package depends on. */
function whereToLookFrom(): string {
  try {
    return import.meta.resolve('@ringlog/core') // this code may be bundled into the file of a thread
  } catch {
    // In a program's bundle packages lie beside the program; one of CommonJS has no URL of this module.
    const { url } = import.meta as { url?: string }
    return url ?? process.argv[1] ?? process.execPath
  }
}

function loadSnappy(): CompressionCodec {
  const { compressSync, uncompressSync } = loadPackage('snappy') as typeof Snappy
  const copied = { asBuffer: true, copyOutputData: true }
  return {
    compress: (bytes) => compressXerial(bytes, (block) => compressSync(block, copied)),
    decompress: (bytes, maxBytes) =>
      decompressSnappy(bytes, maxBytes, (block) => uncompressSync(block, copied) as Buffer),
  }
}

function loadLz4(): CompressionCodec {
  const { compressFrameSync, decompressFrameSync } = loadPackage('lz4-napi') as typeof Lz4
  return {
    compress: (bytes) => compressFrameSync(asBuffer(bytes)),
    decompress: (bytes, maxBytes) => {
      // The package has no limit of its own: 4 KiB can stand for 1 MiB.
      if (sizeOfLz4Frame(bytes) > maxBytes) throw new TooLargeToDecompress()
      return decompressFrameSync(asBuffer(bytes))
    },
  }
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length)
}

/**
 * The codec of a type, by its number.
 *
 * @throws RinglogError UNSUPPORTED_COMPRESSION_TYPE for a number without a codec, and where the
 *   package behind it cannot be loaded: it has machine code for the usual platforms only.
 */
export function compressionCodec(type: number): CompressionCodec {
  const known = codecs[type]
  if (known !== undefined) return known
  const name = COMPRESSION_TYPES[type]
  if (name === 'gzip') return (codecs[type] = loadGzip())
  if (name === 'zstd') return (codecs[type] = loadZstd())
  try {
    if (name === 'snappy') return (codecs[type] = loadSnappy())
    if (name === 'lz4') return (codecs[type] = loadLz4())
  } catch (cause) {
    throw new RinglogError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `the package for compression ${name} cannot be loaded on this platform ` +
        `(${process.platform}-${process.arch}): use "gzip" or "zstd", which Node.js brings along`,
      { cause, details: { compressionType: type } },
    )
  }
  throw new RinglogError(
    'UNSUPPORTED_COMPRESSION_TYPE',
    `there is no compression type ${type}: there are 1 gzip, 2 snappy, 3 lz4, 4 zstd`,
    { details: { compressionType: type } },
  )
}
