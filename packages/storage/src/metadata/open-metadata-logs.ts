import type { RecoveryStart } from '../recovery/recover-segments.ts'
import { SegmentedLog, type SegmentedLogOptions } from '../segment/segmented-log.ts'
import { KeyedLog } from './keyed-log.ts'
import { METADATA_TOPIC, MetadataLogs, OFFSETS_TOPIC } from './metadata-logs.ts'

/** They are in every directory; so their ids are the same in each. */
const TOPIC_IDS: Readonly<Record<string, string>> = {
  [METADATA_TOPIC]: '52696e67-6c6f-4700-8000-000000000001',
  [OFFSETS_TOPIC]: '52696e67-6c6f-4700-8000-000000000002',
}

const CONFIG: SegmentedLogOptions['config'] = {
  segmentBytes: 1024 ** 3,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  retentionMs: null,
  retentionBytes: null,
  cleanupPolicy: ['compact'],
  maxCompactionLagMs: null,
}

/**
 * Opens the two logs of a directory's metadata, and recovers what a crash has left of them.
 *
 * @param filesOf What there is to know of the files of one of the two topics.
 * @throws RinglogError KAFKA_STORAGE_ERROR.
 */
export function openMetadataLogs(filesOf: (topic: string) => MetadataFiles): MetadataLogs {
  return new MetadataLogs((topic) => {
    const files = filesOf(topic)
    const log = SegmentedLog.open({
      ...files,
      topic,
      partition: 0,
      topicId: TOPIC_IDS[topic]!,
      config: CONFIG,
      truncateCorrupt: false,
    })
    return new KeyedLog(files.fileSystem, log)
  })
}

/** What a log of metadata is opened with. */
export type MetadataFiles = Pick<
  SegmentedLogOptions,
  'fileSystem' | 'dataDirectory' | 'onLogStart'
> &
  Pick<RecoveryStart, 'isClean' | 'recoveryPoint' | 'logStartOffset'>
