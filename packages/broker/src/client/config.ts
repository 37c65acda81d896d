import {
  callbackOption,
  durationMsOption,
  expiryMsOption,
  integerOption,
  moduleOption,
  nameOption,
  resolveOptions,
  type ModuleLocation,
  type Option,
  type Resolved,
  type RinglogError,
} from '@ringlog/core/internal'

/** The configuration of a broker. */
export interface BrokerConfig {
  /** For messages and thread names; default `"ringlog"`. */
  name?: string | undefined
  /** How many partitions all topics together may have; each is a thread. Default 1,024. */
  maxPartitions?: number | undefined
  /**
   * How often within any `restartWindowMs` the worker of a partition is started again when it has died, on the
   * same memory: producers and consumers notice a pause. Then the partition is offline, until
   * `restartPartition`. Default 5; 0: never.
   */
  maxRestarts?: number | undefined
  /** Default 60,000. */
  restartWindowMs?: number | undefined
  /** Where the files are that the broker's threads begin with: for programs that are bundled. */
  workers?: BrokerWorkers | undefined
  /**
   * A group that has had neither a member nor a consumer that assigns for so long is deleted with its
   * offsets, and holds no ring back any more; as Kafka's `offsets.retention.minutes`. What a topic's
   * `gatingGroups` hold for a first consumer goes with it. Default: never.
   */
  groupExpiryMs?: number | undefined
  /**
   * Called with an error that no call can report. WORKER_CRASHED: a partition's worker has died;
   * `details.isOffline` says whether it is started again, or its partition is offline.
   */
  onError?: ((error: RinglogError) => void) | undefined
}

/**
 * Where the files are that Ringlog's threads begin with, as URLs or absolute paths. Each by default beside
 * the package that starts the thread; a bundler moves that package, and must be configured to bundle the
 * files as well: docs/bundling.md.
 */
export interface BrokerWorkers {
  /** `ringlog/workers/controller`. */
  controller?: ModuleLocation | undefined
  /** `ringlog/workers/partition-worker`. */
  partitionWorker?: ModuleLocation | undefined
  /** `ringlog/workers/consumer-pool`, for the pools of all clients. */
  consumerPool?: ModuleLocation | undefined
}

export interface ResolvedBrokerConfig {
  readonly name: string | null
  readonly maxPartitions: number
  readonly maxRestarts: number
  readonly restartWindowMs: number
  readonly workers: Resolved<typeof WORKERS>
  /** `null`: never. */
  readonly groupExpiryMs: number | null
  readonly onError: ((error: RinglogError) => void) | null
}

const WORKERS = {
  controller: moduleOption(),
  partitionWorker: moduleOption(),
  consumerPool: moduleOption(),
}

const resolveWorkers = (given: unknown): Resolved<typeof WORKERS> =>
  resolveOptions('workers', WORKERS, given)

/** The error of one of them carries its name: `workers is not valid: controller must be …`. */
const workersOption: Option<BrokerWorkers | undefined> = {
  default: undefined,
  fault(value) {
    try {
      resolveWorkers(value)
      return null
    } catch (error) {
      return (error as RinglogError).message.replace('workers ', '')
    }
  },
}

export const BROKER_OPTIONS = {
  name: nameOption(),
  maxPartitions: integerOption(1024, { min: 1 }),
  maxRestarts: integerOption(5, { min: 0 }),
  restartWindowMs: durationMsOption(60_000, 1),
  workers: workersOption,
  groupExpiryMs: expiryMsOption(),
  onError: callbackOption<(error: RinglogError) => void>() as Option<
    ((error: RinglogError) => void) | null
  >,
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveBrokerConfig(given: BrokerConfig | undefined): ResolvedBrokerConfig {
  const config = resolveOptions('BrokerConfig', BROKER_OPTIONS, given)
  return { ...config, workers: resolveWorkers(config.workers) }
}
