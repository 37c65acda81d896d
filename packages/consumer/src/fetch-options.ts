import type { FetchOptions } from '@ringlog/core/internal'
import type { ResolvedConsumerConfig } from './config.ts'

/** How a consumer of this configuration fetches from a log that lives elsewhere. */
export function fetchOptionsOf({
  fetchMaxBytes,
  maxPartitionFetchBytes,
  isolationLevel,
}: ResolvedConsumerConfig): FetchOptions {
  return { maxBytes: fetchMaxBytes, maxPartitionBytes: maxPartitionFetchBytes, isolationLevel }
}
