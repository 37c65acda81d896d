export {
  inspect,
  type DirectoryInspection,
  type LogDamage,
  type PartitionInspection,
  type SegmentInspection,
} from './inspect/inspect.ts'
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
