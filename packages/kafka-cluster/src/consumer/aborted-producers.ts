import type { RecordBatchHeader } from '@ringlog/core/internal'
import { PRODUCER_ID_BYTE, RECORDS_BYTE } from '@ringlog/core/internal/cluster'
import type { AbortedTransaction } from './fetch-api.ts'

/**
 * Which producers' transactions are aborted ones, as the batches of an answer are walked in their order.
 *
 * Source: Apache Kafka, `consumer/internals/CompletedFetch.java`.
 */
export class AbortedProducers {
  /** By where they begin; those before `#next` have begun. */
  readonly #transactions: readonly AbortedTransaction[]
  readonly #producerIds = new Set<bigint>()
  #next = 0

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#transactions = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether the next batch is void: its transaction was aborted. */
  isVoid(header: RecordBatchHeader, bytes: Uint8Array, start: number): boolean {
    if (this.#transactions.length === 0) return false
    for (; this.#next < this.#transactions.length; this.#next++) {
      const { firstOffset, producerId } = this.#transactions[this.#next]!
      if (firstOffset > header.lastOffset) break
      this.#producerIds.add(producerId)
    }
    if (this.#producerIds.size === 0 || !header.isTransactional) return false
    const producerId = producerIdOf(bytes, start)
    if (!header.isControl) return this.#producerIds.has(producerId)
    if (isAbortMarker(bytes, start)) this.#producerIds.delete(producerId)
    return false
  }
}

/** Exactly: ids of some brokers are no safe integers. */
function producerIdOf(bytes: Uint8Array, start: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(start + PRODUCER_ID_BYTE)
}

/**
 * A marker's batch has one record, whose parts before the key take a byte each; its key is a version and a type,
 * 16 bits each.
 */
function isAbortMarker(bytes: Uint8Array, start: number): boolean {
  const typeByte = start + RECORDS_BYTE + MARKER_BYTES_BEFORE_KEY + 2
  return bytes[typeByte] === 0 && bytes[typeByte + 1] === 0
}

/** The record's length, attributes, deltas of time and offset, the key's length. */
const MARKER_BYTES_BEFORE_KEY = 5
