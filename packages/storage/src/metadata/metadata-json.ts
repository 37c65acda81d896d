import { RinglogError } from '@ringlog/core/internal/storage'
import type { LogEntry } from './keyed-log.ts'
import type {
  GroupRecord,
  GroupRemovedRecord,
  ProducerIdsRecord,
  TopicRecord,
  TopicRemovedRecord,
} from './metadata-record.ts'

/** What is written as JSON: all but committed offsets. */
type JsonRecord =
  TopicRecord | TopicRemovedRecord | ProducerIdsRecord | GroupRecord | GroupRemovedRecord

/** A record that is there: none that takes another away. */
type PresentRecord = TopicRecord | ProducerIdsRecord | GroupRecord

/** Of the values; a record of a higher one was written by a later release. */
const VERSION = 1

/**
 * A record of `__ringlog_metadata`: key and value are JSON, `{"type":"topic","topicId":…}` and
 * `{"version":1,"topic":…}`. A value of null takes the key away.
 */
export function encodeJson(record: JsonRecord): LogEntry {
  if (record.type === 'topicRemoved') return entry({ type: 'topic', topicId: record.topicId }, null)
  if (record.type === 'groupRemoved') return entry({ type: 'group', groupId: record.groupId }, null)
  if (record.type === 'topic') {
    const { type, topicId, ...value } = record
    return entry({ type, topicId }, value)
  }
  if (record.type === 'group') {
    const { type, groupId, ...value } = record
    return entry({ type, groupId }, value)
  }
  const { type, ...value } = record
  return entry({ type }, value)
}

/** @throws RinglogError KAFKA_STORAGE_ERROR for anything else than `encodeJson` writes. */
export function decodeJson(keyBytes: Buffer, valueBytes: Buffer): PresentRecord {
  const key = parse(keyBytes)
  const { version, ...value } = parse(valueBytes)
  if (version !== VERSION) {
    throw new RinglogError(
      'KAFKA_STORAGE_ERROR',
      `a metadata record is of version ${String(version)}, and this release knows ${VERSION}: ` +
        keyBytes.toString(),
    )
  }
  const record = { ...key, ...value } as unknown as PresentRecord
  if (isWhole(record)) return record
  throw damaged(keyBytes, valueBytes)
}

function isWhole(record: Partial<PresentRecord>): boolean {
  if (record.type === 'topic') {
    const { topicId, topic, state, config } = record
    const isNamed = typeof topicId === 'string' && typeof topic === 'string'
    const hasState = state === 'active' || state === 'deleting'
    return isNamed && hasState && typeof config === 'object' && config !== null
  }
  if (record.type === 'producerIds') return Number.isSafeInteger(record.nextProducerId)
  if (record.type !== 'group') return false
  const { groupId, unusedSinceMs } = record
  return typeof groupId === 'string' && (unusedSinceMs === null || Number.isFinite(unusedSinceMs))
}

function entry(key: object, value: object | null): LogEntry {
  return {
    key: Buffer.from(JSON.stringify(key)),
    value: value === null ? null : Buffer.from(JSON.stringify({ version: VERSION, ...value })),
  }
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(bytes.toString())
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // said below
  }
  throw damaged(bytes)
}

/** Of a record that is another than it should be, in a message. */
const MAX_SHOWN_BYTES = 200

function damaged(...parts: readonly Buffer[]): RinglogError {
  const shown = parts.map((bytes) => bytes.toString('utf8', 0, MAX_SHOWN_BYTES)).join(' ')
  return new RinglogError('KAFKA_STORAGE_ERROR', `a metadata record is not valid: ${shown}`)
}
