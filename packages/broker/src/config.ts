import {
  callbackOption,
  integerOption,
  nameOption,
  resolveOptions,
  type Option,
  type RinglogError,
} from '@ringlog/core/internal'

/** The configuration of a broker. */
export interface BrokerConfig {
  /** For messages and thread names; default `"ringlog"`. */
  name?: string
  /** How many partitions all topics together may have; each is a thread. Default 1,024. */
  maxPartitions?: number
  /** Told of what goes wrong where no call can report it: a worker that crashed. */
  onError?(error: RinglogError): void
}

export interface ResolvedBrokerConfig {
  readonly name: string | null
  readonly maxPartitions: number
  readonly onError: ((error: RinglogError) => void) | null
}

const BROKER_OPTIONS = {
  name: nameOption(),
  maxPartitions: integerOption(1024, { min: 1 }),
  onError: callbackOption<(error: RinglogError) => void>() as Option<
    ((error: RinglogError) => void) | null
  >,
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveBrokerConfig(given: BrokerConfig | undefined): ResolvedBrokerConfig {
  return resolveOptions('BrokerConfig', BROKER_OPTIONS, given)
}
