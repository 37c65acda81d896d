import type { Broker, TopicConfig } from 'ringlog'

export const BLOCKING = 'blocking'
export const EVICTING = 'evicting'
export const POOLED = 'pooled'
/** There on disk alone. */
export const COMPACTED = 'compacted'

const RING_BYTES = 4 * 1024 * 1024
const SEGMENT_BYTES = 1024 * 1024
const RETENTION_BYTES = 4 * SEGMENT_BYTES

const IN_MEMORY: Readonly<Record<string, TopicConfig>> = {
  [BLOCKING]: { partitions: 3, ringBytes: RING_BYTES, gatingGroups: ['members'] },
  [EVICTING]: { partitions: 2, ringBytes: RING_BYTES, whenFull: 'evict' },
  [POOLED]: { partitions: 3, ringBytes: RING_BYTES, gatingGroups: ['pool'] },
}

/** The rings are small: who falls behind reads from the files. */
const ON_DISK: TopicConfig = {
  ringBytes: 256 * 1024,
  segmentBytes: SEGMENT_BYTES,
  retentionBytes: RETENTION_BYTES,
}

/**
 * Of these each batch is synced. So as many partitions at a time are as there are sync threads: those are started
 * when they are needed first, and all of them are there after some seconds.
 */
const SYNCED = new Set([BLOCKING, POOLED])

/** Each key's last record stays; of what comes in, next to nothing. */
const ON_DISK_COMPACTED: TopicConfig = {
  partitions: 2,
  ringBytes: ON_DISK.ringBytes,
  segmentBytes: SEGMENT_BYTES,
  cleanupPolicy: 'compact',
}

/** Makes the topics of the load, and gives their names. */
export async function makeTopics(broker: Broker, isOnDisk: boolean): Promise<string[]> {
  for (const [topic, config] of Object.entries(IN_MEMORY)) {
    const { partitions } = config
    const onDisk = SYNCED.has(topic) ? { ...ON_DISK, flushMessages: 1 } : ON_DISK
    await broker.createTopic(topic, isOnDisk ? { ...onDisk, partitions } : config)
  }
  if (!isOnDisk) return Object.keys(IN_MEMORY)
  await broker.createTopic(COMPACTED, ON_DISK_COMPACTED)
  return [...Object.keys(IN_MEMORY), COMPACTED]
}
