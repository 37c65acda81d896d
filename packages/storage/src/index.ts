export {
  inspect,
  type DirectoryInspection,
  type LogDamage,
  type PartitionInspection,
  type SegmentInspection,
} from './inspect/inspect.ts'
export type { CompactionInspection } from './inspect/inspect-compaction.ts'
export type {
  GroupRecord,
  GroupRemovedRecord,
  MetadataRecord,
  MetadataSnapshot,
  OffsetRecord,
  OffsetRemovedRecord,
  ProducerIdsRecord,
  TopicRecord,
  TopicRemovedRecord,
} from './metadata/metadata-record.ts'
export type { TruncatedLog } from './recovery/recover-segments.ts'
export { crcOfBatch, stampCrc } from './segment/batch-crc.ts'
export type { ProducerEntry } from './segment/producer-entries.ts'
export { StorageHost, type StorageHostOptions } from './storage-host.ts'
export type {
  OpenedPartition,
  PartitionToFollow,
  PartitionToOpen,
  StorageEvent,
} from './storage-thread/storage-service.ts'
export { TieredLogReader } from './reader/tiered-log-reader.ts'
export { cleanerUrl, storageThreadUrl, syncThreadUrl } from './thread-urls.ts'
