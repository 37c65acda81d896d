import { clockOption, resolveOptions, type Clock, type Resolved } from '@ringlog/core/internal'
import { BROKER_OPTIONS, type BrokerConfig } from '../client/config.ts'

/** The configuration of a log in the calling thread. */
export interface InMemoryConfig extends Pick<
  BrokerConfig,
  'name' | 'maxPartitions' | 'groupExpiryMs' | 'onError'
> {
  /** What the log, its producers and consumers go by; default: the time of the process. */
  clock?: Clock | undefined
}

const IN_MEMORY_OPTIONS = {
  name: BROKER_OPTIONS.name,
  maxPartitions: BROKER_OPTIONS.maxPartitions,
  groupExpiryMs: BROKER_OPTIONS.groupExpiryMs,
  onError: BROKER_OPTIONS.onError,
  clock: clockOption(),
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveInMemoryConfig(
  given: InMemoryConfig | undefined,
): Resolved<typeof IN_MEMORY_OPTIONS> {
  return resolveOptions('InMemoryClientConfig', IN_MEMORY_OPTIONS, given)
}
