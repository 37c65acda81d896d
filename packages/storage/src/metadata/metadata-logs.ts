import { partitionName, type TopicPartition } from '@ringlog/core/internal/storage'
import type { LogToBackUp } from '../backup/stage-backup.ts'
import type { KeyedLog, LogEntry } from './keyed-log.ts'
import { decodeJson, encodeJson } from './metadata-json.ts'
import type {
  GroupRecord,
  MetadataRecord,
  MetadataSnapshot,
  OffsetRecord,
  TopicRecord,
} from './metadata-record.ts'
import { decodeOffset, encodeOffset } from './offset-commit.ts'

/** The two logs in which a broker keeps what it must know when it starts again; each has the partition 0 alone. */
export const METADATA_TOPIC = '__ringlog_metadata'
/** Kafka's: what groups have committed. */
export const OFFSETS_TOPIC = '__consumer_offsets'

/**
 * The metadata of a directory, in two logs of its own.
 *
 * Thread: the storage thread.
 */
export class MetadataLogs {
  readonly #metadata: KeyedLog
  readonly #offsets: KeyedLog

  /** @param openLog Opens the log of one of the two topics. */
  constructor(openLog: (topic: string) => KeyedLog) {
    this.#metadata = openLog(METADATA_TOPIC)
    this.#offsets = openLog(OFFSETS_TOPIC)
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR where a record is not one that this release writes. */
  get snapshot(): MetadataSnapshot {
    const topics: TopicRecord[] = []
    const groups: GroupRecord[] = []
    const offsets: OffsetRecord[] = []
    let nextProducerId = 0
    for (const { key, value } of this.#metadata.entries) {
      const record = decodeJson(key, value!)
      if (record.type === 'topic') topics.push(record)
      else if (record.type === 'group') groups.push(record)
      else nextProducerId = record.nextProducerId
    }
    for (const { key, value } of this.#offsets.entries) offsets.push(decodeOffset(key, value!))
    return { topics, groups, offsets, nextProducerId }
  }

  /**
   * Writes records. Topics and producer ids survive the loss of power when this returns; groups and offsets where
   * `isSynced` says so.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR; once a sync has failed, every time.
   */
  append(records: readonly MetadataRecord[], nowMs: number, isSynced: boolean): void {
    const metadata: LogEntry[] = []
    const offsets: LogEntry[] = []
    let isAlwaysSynced = false
    for (const record of records) {
      if (record.type === 'offset' || record.type === 'offsetRemoved') {
        offsets.push(encodeOffset(record))
        continue
      }
      metadata.push(encodeJson(record))
      if (record.type !== 'group' && record.type !== 'groupRemoved') isAlwaysSynced = true
    }
    if (metadata.length > 0) this.#metadata.append(metadata, nowMs, isSynced || isAlwaysSynced)
    if (offsets.length > 0) this.#offsets.append(offsets, nowMs, isSynced)
  }

  /** Of both logs: where they start, and from where on a recovery after a crash must read them (D-6). */
  get checkpoints(): Array<TopicPartition & { logStartOffset: number; recoveryPoint: number }> {
    const logs = [
      [METADATA_TOPIC, this.#metadata],
      [OFFSETS_TOPIC, this.#offsets],
    ] as const
    return logs.map(([topic, { logStartOffset, flushedOffset }]) => {
      return { topic, partition: 0, logStartOffset, recoveryPoint: flushedOffset }
    })
  }

  /** By the names of their folders. */
  get toBackUp(): Array<[folder: string, log: LogToBackUp]> {
    return [
      [partitionName(METADATA_TOPIC, 0), this.#metadata.toBackUp],
      [partitionName(OFFSETS_TOPIC, 0), this.#offsets.toBackUp],
    ]
  }

  /** Syncs all that is written, and closes the files. */
  close(): void {
    try {
      this.#metadata.close()
    } finally {
      this.#offsets.close()
    }
  }
}
