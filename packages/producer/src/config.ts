import {
  booleanOption,
  durationMsOption,
  integerOption,
  nameOption,
  partitionerOption,
  resolveOptions,
  show,
  type Option,
  type Partitioner,
  type PartitionerName,
} from '@ringlog/core/internal'

/** How batches travel to the partition workers. */
export type Transport = 'auto' | 'rpc'

/** The configuration of a producer. Kafka's names, in camel case, with their units. */
export interface ProducerConfig {
  /** `"rpc"`: a Comlink call per batch. `"auto"` (default): the fastest that this release has. */
  transport?: Transport
  /** Default `"default"`: by key as Kafka, round robin without one. See `Partitioner`. */
  partitioner?: PartitionerName | Partitioner
  /** The size at which a batch leaves. Default 65,536: a call costs the same for 16 and 64 KiB. */
  batchSizeBytes?: number
  /** How long a batch that is not full waits for more. Default 0: to the end of the event-loop turn. */
  lingerMs?: number
  /** Memory for records that are not acknowledged yet. Default 33,554,432. */
  bufferMemoryBytes?: number
  /** Batches of one partition that are on their way at a time. Default 5, the most that idempotence allows. */
  maxInFlight?: number
  /** How long a record waits for room, or for its topic to exist. Default 60,000. */
  maxBlockMs?: number
  /** How long an append may take, not counting the wait for room. Default 30,000. */
  requestTimeoutMs?: number
  /** Whether batches are numbered, so that none is appended twice or out of order. Default `true`. */
  idempotence?: boolean
  /** Names the producer in messages. */
  clientId?: string
}

export interface ResolvedProducerConfig {
  readonly transport: Transport
  readonly partitioner: PartitionerName | Partitioner
  readonly batchSizeBytes: number
  readonly lingerMs: number
  readonly bufferMemoryBytes: number
  readonly maxInFlight: number
  readonly maxBlockMs: number
  readonly requestTimeoutMs: number
  readonly idempotence: boolean
  readonly clientId: string | null
}

/** Kafka's limit: a partition remembers the last 5 batches of a producer. */
const MAX_IN_FLIGHT_WITH_IDEMPOTENCE = 5

const transportOption: Option<Transport> = {
  default: 'auto',
  fault: (value) => {
    if (value === 'auto' || value === 'rpc') return null
    if (value === 'shared')
      return 'must be "auto" or "rpc": this release has no shared lanes, got "shared"'
    return `must be "auto" or "rpc", got ${show(value)}`
  },
}

const PRODUCER_OPTIONS = {
  transport: transportOption,
  partitioner: partitionerOption(),
  batchSizeBytes: integerOption(65_536, { min: 0, max: 2 ** 30 }),
  lingerMs: durationMsOption(0),
  bufferMemoryBytes: integerOption(33_554_432, { min: 1 }),
  maxInFlight: integerOption(5, { min: 1 }),
  maxBlockMs: durationMsOption(60_000),
  requestTimeoutMs: durationMsOption(30_000),
  idempotence: booleanOption(true),
  clientId: nameOption(),
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveProducerConfig(given: ProducerConfig | undefined): ResolvedProducerConfig {
  return resolveOptions('ProducerConfig', PRODUCER_OPTIONS, given, (config, report) => {
    if (config.idempotence && config.maxInFlight > MAX_IN_FLIGHT_WITH_IDEMPOTENCE) {
      report(
        'maxInFlight',
        `must be at most ${MAX_IN_FLIGHT_WITH_IDEMPOTENCE} with idempotence, got ${config.maxInFlight}`,
      )
    }
  })
}
