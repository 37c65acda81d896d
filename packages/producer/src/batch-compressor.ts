import {
  BATCH_ALIGNMENT_BYTES,
  alignUp,
  compressBatch,
  type CompressionType,
} from '@ringlog/core/internal'
import type { BufferPool } from './buffer-pool.ts'
import type { ProducerBatch } from './producer-batch.ts'

/**
 * Seals a batch, compressed. As in Kafka it is compressed also where that makes it larger; but not
 * beyond what the topic takes, nor beyond `bufferMemoryBytes`: then it leaves as it is.
 *
 * Cost: compresses in this thread. What the codec allocates on the way is not counted as memory of
 * the producer.
 *
 * @throws RinglogError UNSUPPORTED_COMPRESSION_TYPE.
 */
export function sealBatch(
  batch: ProducerBatch,
  type: CompressionType,
  maxMessageBytes: number,
  pool: BufferPool,
): void {
  const plain = batch.seal()
  if (type === 'none') return
  const compressed = compressBatch(plain, type)
  if (compressed.length > maxMessageBytes) return
  if (compressed.length <= batch.memory.byteLength) {
    new Uint8Array(batch.memory).set(compressed)
    batch.resize(compressed.length)
    return
  }
  const sizeBytes = alignUp(compressed.length, BATCH_ALIGNMENT_BYTES)
  if (sizeBytes - batch.memoryBytes > pool.availableBytes) return
  pool.release(batch.memory)
  pool.reserve(sizeBytes)
  const memory = new ArrayBuffer(sizeBytes)
  new Uint8Array(memory).set(compressed)
  batch.replaceMemory(memory, compressed.length)
}
