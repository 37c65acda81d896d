import {
  callbackOption,
  durationMsOption,
  integerOption,
  nameOption,
  resolveOptions,
  type Option,
  type RinglogError,
} from '@ringlog/core/internal'

/** The configuration of a broker. */
export interface BrokerConfig {
  /** For messages and thread names; default `"ringlog"`. */
  name?: string | undefined
  /** How many partitions all topics together may have; each is a thread. Default 1,024. */
  maxPartitions?: number | undefined
  /**
   * How often within `restartWindowMs` a partition's worker may be started anew before the partition
   * stays offline. Default 5. Accepted, and without effect yet: a worker that dies is not started anew.
   */
  maxRestarts?: number | undefined
  /** Default 60,000. As `maxRestarts`: without effect yet. */
  restartWindowMs?: number | undefined
  /** Told of what goes wrong where no call can report it: a worker that crashed. */
  onError?: ((error: RinglogError) => void) | undefined
}

export interface ResolvedBrokerConfig {
  readonly name: string | null
  readonly maxPartitions: number
  readonly maxRestarts: number
  readonly restartWindowMs: number
  readonly onError: ((error: RinglogError) => void) | null
}

const BROKER_OPTIONS = {
  name: nameOption(),
  maxPartitions: integerOption(1024, { min: 1 }),
  maxRestarts: integerOption(5, { min: 0 }),
  restartWindowMs: durationMsOption(60_000, 1),
  onError: callbackOption<(error: RinglogError) => void>() as Option<
    ((error: RinglogError) => void) | null
  >,
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveBrokerConfig(given: BrokerConfig | undefined): ResolvedBrokerConfig {
  return resolveOptions('BrokerConfig', BROKER_OPTIONS, given)
}
