import {
  booleanOption,
  callbackOption,
  choiceOption,
  durationMsOption,
  integerOption,
  nameOption,
  partitionerOption,
  resolveOptions,
  serdeOption,
  waitStrategyOption,
  type CompressionType,
  type Data,
  type OptionTable,
  type OwnOptions,
  type Partitioner,
  type PartitionerName,
  type ProducerDescription,
  type Resolved,
  type RinglogError,
  type Serde,
  type TopicPartition,
  type WaitStrategy,
} from '@ringlog/core/internal'
import { compressionOption } from './compression-option.ts'

/** How batches travel to the partition workers. */
export type Transport = 'auto' | 'shared' | 'rpc'

/** When a record counts as delivered. */
export type Acks = 0 | 1 | 'all'

/** Records of one partition that were not delivered. */
export interface FailedRecords extends TopicPartition {
  /** How many. */
  count: number
}

/** The configuration of a producer. Kafka's names, in camel case, with their units. */
export interface ProducerConfig<K = Data | null, V = Data | null> {
  /**
   * - `"rpc"`: a Comlink call per batch.
   * - `"shared"`: a lane, a ring of bytes in shared memory, for each partition; RPC for batches that
   *   are too large for it, and for the partitions whose lanes would go beyond `bufferMemoryBytes` or
   *   cannot be allocated.
   * - `"auto"` (default): the faster of the two, which is `"shared"`.
   */
  transport?: Transport | undefined
  /**
   * `"all"` (default), and 1, which means the same as there are no replicas: a record is delivered
   * when it is in the log. 0: when it was handed over; its offset is then -1, and what goes wrong
   * afterwards is only counted, in `recordErrorTotal`.
   */
  acks?: Acks | undefined
  /** Default `"default"`: by key as Kafka, round robin without one. See `Partitioner`. */
  partitioner?: PartitionerName | Partitioner | undefined
  /**
   * The size at which a batch leaves, before it is compressed. Default 65,536: a call costs the same
   * for 16 and 64 KiB.
   */
  batchSizeBytes?: number | undefined
  /** How long a batch that is not full waits for more. Default 0: to the end of the event-loop turn. */
  lingerMs?: number | undefined
  /**
   * Memory for records that are not acknowledged yet. Default 33,554,432. Records given to `send`
   * that wait for room are not counted: they are still the caller's.
   */
  bufferMemoryBytes?: number | undefined
  /**
   * Batches of one partition that are on their way at a time. Default 5, the most that idempotence
   * allows; through a lane, which cannot change their order, up to 16 where nothing is said here.
   */
  maxInFlight?: number | undefined
  /**
   * How long a record waits for room, in a full ring or in `bufferMemoryBytes`, or for its topic and
   * partition to exist: from when it began to wait, also behind others. Default 60,000.
   */
  maxBlockMs?: number | undefined
  /** How long an append may take, not counting the wait for room. Default 30,000. */
  requestTimeoutMs?: number | undefined
  /**
   * How long a record may take from when it is in a batch until it is acknowledged, all retries
   * included; then it fails with REQUEST_TIMED_OUT. At least `lingerMs` + `requestTimeoutMs`. Default
   * 120,000, or that sum where it is more.
   */
  deliveryTimeoutMs?: number | undefined
  /**
   * How long to wait before a batch is sent again; twice as long each time, up to 1,000 (or this,
   * where it is more), and up to a fifth more or less by chance. Default 100.
   */
  retryBackoffMs?: number | undefined
  /**
   * Whether batches are numbered, so that none is appended twice or out of order, however often it is
   * sent. Default `true`; with `acks` 0 `false`, because no answer is waited for.
   */
  idempotence?: boolean | undefined
  /**
   * How batches are compressed, in the producer's thread. Default `"none"`: within a process it costs
   * more time than it saves, but a ring holds more.
   */
  compression?: CompressionType | undefined
  /** Makes a record's key from what is given to `send`; without one, keys are strings or bytes. */
  keySerde?: Serde<K> | undefined
  /** Makes a record's value from what is given to `send`; without one, values are strings or bytes. */
  valueSerde?: Serde<V> | undefined
  /** How a producer waits for acknowledgements in shared memory. Default `"park"`. */
  waitStrategy?: WaitStrategy | undefined
  /** Names the producer in messages. */
  clientId?: string | undefined
  /**
   * Told of records that were not delivered, once for each batch: those given to `write`, whose fate
   * only `flush` tells otherwise, and those given to `send`, whose promise rejects as well. The
   * partition is -1 where none was chosen yet. Called in a microtask, never within a call of yours, so
   * it may use the producer; what it throws is thrown in a turn of its own.
   */
  onDeliveryError?: ((error: RinglogError, at: FailedRecords) => void) | undefined
}

export interface ResolvedProducerConfig {
  readonly transport: Transport
  readonly acks: Acks
  readonly partitioner: PartitionerName | Partitioner
  readonly batchSizeBytes: number
  readonly lingerMs: number
  readonly bufferMemoryBytes: number
  readonly maxInFlight: number
  /** Absent: a way to the log may have a limit of its own. */
  readonly givenMaxInFlight?: number | undefined
  readonly maxBlockMs: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  readonly retryBackoffMs: number
  readonly idempotence: boolean
  readonly compression: CompressionType
  readonly keySerde: Serde<unknown> | null
  readonly valueSerde: Serde<unknown> | null
  readonly waitStrategy: WaitStrategy
  readonly clientId: string | null
  readonly onDeliveryError: ((error: RinglogError, at: FailedRecords) => void) | null
}

/** What the log is to know of the producer. */
export function describeProducer(
  config: ResolvedProducerConfig,
  clientId: string,
): ProducerDescription {
  const { acks, transport, batchSizeBytes, bufferMemoryBytes, givenMaxInFlight, waitStrategy } =
    config
  const maxInFlight = givenMaxInFlight ?? null
  return { clientId, acks, transport, batchSizeBytes, bufferMemoryBytes, maxInFlight, waitStrategy }
}

/** Kafka's limit: a partition remembers the last 5 batches of a producer. */
const MAX_IN_FLIGHT_WITH_IDEMPOTENCE = 5

const PRODUCER_OPTIONS = {
  transport: choiceOption<Transport>('auto', ['auto', 'shared', 'rpc']),
  acks: choiceOption<Acks>('all', [0, 1, 'all']),
  partitioner: partitionerOption(),
  batchSizeBytes: integerOption(65_536, { min: 0, max: 2 ** 30 }),
  lingerMs: durationMsOption(0),
  bufferMemoryBytes: integerOption(33_554_432, { min: 1 }),
  maxInFlight: integerOption(5, { min: 1 }),
  maxBlockMs: durationMsOption(60_000),
  requestTimeoutMs: durationMsOption(30_000),
  deliveryTimeoutMs: durationMsOption(120_000),
  retryBackoffMs: durationMsOption(100),
  idempotence: booleanOption(true),
  compression: compressionOption(),
  keySerde: serdeOption<unknown>(),
  valueSerde: serdeOption<unknown>(),
  waitStrategy: waitStrategyOption(),
  clientId: nameOption(),
  onDeliveryError: callbackOption<(error: RinglogError, at: FailedRecords) => void>(),
}

/**
 * @param own What is configured, and its options beside those of a producer; absent: a producer.
 * @throws RinglogError INVALID_CONFIG that lists every faulty option.
 */
export function resolveProducerConfig<K, V>(
  given: ProducerConfig<K, V> | undefined,
): ResolvedProducerConfig
export function resolveProducerConfig<K, V, Own extends OptionTable>(
  given: ProducerConfig<K, V> | undefined,
  own: OwnOptions<Own>,
): ResolvedProducerConfig & Resolved<Own>
export function resolveProducerConfig<K, V>(
  given: ProducerConfig<K, V> | undefined,
  own?: OwnOptions<OptionTable>,
): ResolvedProducerConfig {
  const isGiven = (name: keyof ProducerConfig): boolean => given?.[name] !== undefined
  const { owner = 'ProducerConfig', options } = own ?? {}
  const table = { ...PRODUCER_OPTIONS, ...options }
  const config = resolveOptions(owner, table, given, [
    {
      of: ['acks', 'idempotence'],
      check({ acks, idempotence }, report) {
        if (acks !== 0 || !idempotence || !isGiven('idempotence')) return
        report('idempotence', 'must be false or absent with acks 0, got true')
      },
    },
    {
      of: ['acks', 'idempotence', 'maxInFlight'],
      check({ acks, idempotence, maxInFlight }, report) {
        if (acks === 0 || !idempotence || maxInFlight <= MAX_IN_FLIGHT_WITH_IDEMPOTENCE) return
        report(
          'maxInFlight',
          `must be at most ${MAX_IN_FLIGHT_WITH_IDEMPOTENCE} with idempotence, got ${maxInFlight}`,
        )
      },
    },
    {
      of: ['deliveryTimeoutMs', 'lingerMs', 'requestTimeoutMs'],
      check({ deliveryTimeoutMs, lingerMs, requestTimeoutMs }, report) {
        const leastMs = lingerMs + requestTimeoutMs
        if (!isGiven('deliveryTimeoutMs') || deliveryTimeoutMs >= leastMs) return
        report(
          'deliveryTimeoutMs',
          `must be at least lingerMs + requestTimeoutMs, ${leastMs}, got ${deliveryTimeoutMs}`,
        )
      },
    },
  ])
  const { acks, idempotence, deliveryTimeoutMs, lingerMs, requestTimeoutMs } = config
  return Object.freeze({
    ...config,
    idempotence: idempotence && acks !== 0,
    ...(isGiven('maxInFlight') ? { givenMaxInFlight: config.maxInFlight } : {}),
    deliveryTimeoutMs: Math.max(deliveryTimeoutMs, lingerMs + requestTimeoutMs),
  })
}
