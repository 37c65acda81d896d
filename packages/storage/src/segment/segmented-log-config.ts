import type { ResolvedTopicConfig } from '@ringlog/core/internal/storage'

/** What of a topic's configuration its files depend on. */
export type SegmentedLogConfig = Pick<
  ResolvedTopicConfig,
  | 'segmentBytes'
  | 'segmentMs'
  | 'retentionMs'
  | 'retentionBytes'
  | 'cleanupPolicy'
  | 'maxCompactionLagMs'
>
