import { RinglogError } from '@ringlog/core/internal/storage'
import type { LogEntry } from './keyed-log.ts'
import type { OffsetRecord, OffsetRemovedRecord } from './metadata-record.ts'

const KEY_VERSION = 1
const VALUE_VERSION = 3
/** Nobody leads a partition but its worker. */
const NO_LEADER_EPOCH = -1

/**
 * A committed offset in the schema of Kafka's `__consumer_offsets`, so that Kafka's tools read it. Big-endian; a
 * string is its length in bytes, an int16, and UTF-8.
 *
 * ```text
 *   key     version int16 = 1   group string    topic string         partition int32
 *   value   version int16 = 3   offset int64    leaderEpoch int32    metadata string    commitTimestamp int64
 * ```
 *
 * Source: Apache Kafka, `OffsetCommitKey.json`, `OffsetCommitValue.json`.
 */
export function encodeOffset(record: OffsetRecord | OffsetRemovedRecord): LogEntry {
  const { groupId, topic, partition } = record
  const key = Buffer.concat([int16(KEY_VERSION), text(groupId), text(topic), int32(partition)])
  if (record.type === 'offsetRemoved') return { key, value: null }
  const { offset, metadata, commitTimestampMs } = record
  const value = Buffer.concat([
    int16(VALUE_VERSION),
    int64(offset),
    int32(NO_LEADER_EPOCH),
    text(metadata),
    int64(commitTimestampMs),
  ])
  return { key, value }
}

/** @throws RinglogError KAFKA_STORAGE_ERROR for anything else than `encodeOffset` writes. */
export function decodeOffset(keyBytes: Buffer, valueBytes: Buffer): OffsetRecord {
  const key = new Fields(keyBytes)
  key.expectVersion(KEY_VERSION)
  const groupId = key.text()
  const topic = key.text()
  const partition = key.int32()
  const value = new Fields(valueBytes)
  value.expectVersion(VALUE_VERSION)
  const offset = value.int64()
  value.int32()
  const metadata = value.text()
  const commitTimestampMs = value.int64()
  return { type: 'offset', groupId, topic, partition, offset, metadata, commitTimestampMs }
}

/** Reads the fields of a key or a value one after the other. */
class Fields {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  expectVersion(version: number): void {
    const found = this.#bytes.readInt16BE(this.#take(2))
    if (found !== version) throw damaged(`version ${found} instead of ${version}`)
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  int64(): number {
    return Number(this.#bytes.readBigInt64BE(this.#take(8)))
  }

  text(): string {
    const length = this.#bytes.readInt16BE(this.#take(2))
    if (length < 0) throw damaged(`a string of ${length} bytes`)
    const start = this.#take(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** Where a field of so many bytes starts. */
  #take(bytes: number): number {
    const start = this.#at
    this.#at += bytes
    if (this.#at > this.#bytes.length) throw damaged(`only ${this.#bytes.length} bytes`)
    return start
  }
}

function damaged(what: string): RinglogError {
  return new RinglogError('KAFKA_STORAGE_ERROR', `a committed offset has ${what}`)
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int16(bytes.length), bytes])
}
