import { RecordBatchHeader } from '@ringlog/core/internal/storage'
import { nodeFileSystem } from '../src/file-system/node-file-system.ts'
import { SegmentedLog, type SegmentedLogOptions } from '../src/segment/segmented-log.ts'
import type { SegmentedLogConfig } from '../src/segment/segmented-log-config.ts'

export const TOPIC_ID = '2b1c4a50-9f1e-4a3e-8d0f-1f6e2b7c9d10'

const CONFIG: SegmentedLogConfig = {
  segmentBytes: 1024 * 1024,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  retentionMs: null,
  retentionBytes: null,
  cleanupPolicy: ['delete'],
  maxCompactionLagMs: null,
}

type OpenOptions = Omit<Partial<SegmentedLogOptions>, 'config'> & {
  dataDirectory: string
  config?: Partial<SegmentedLogConfig>
}

/** Opens partition 0 of the topic "trades"; after a crash, where nothing else is said. */
export function openLog({ config, ...options }: OpenOptions): SegmentedLog {
  return SegmentedLog.open({
    fileSystem: nodeFileSystem,
    topic: 'trades',
    partition: 0,
    topicId: TOPIC_ID,
    isClean: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    truncateCorrupt: false,
    onLogStart: () => {},
    ...options,
    config: { ...CONFIG, ...config },
  })
}

/** The offsets of all records of a log, from one on. */
export function offsetsOf(log: SegmentedLog, from = 0): number[] {
  const header = new RecordBatchHeader()
  const offsets: number[] = []
  log.readFrom(from, (bytes, byteIndex) => {
    const { baseOffset, lastOffset } = header.wrap(bytes, byteIndex)
    for (let offset = baseOffset; offset <= lastOffset; offset++) offsets.push(offset)
  })
  return offsets
}
