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
import { directoryFault, directoryPath } from '@ringlog/core/internal/storage'

/** The configuration of a broker. */
export interface BrokerConfig {
  /** For messages and thread names; default `"ringlog"`. */
  name?: string | undefined
  /**
   * The folder of a durable broker, a path or a `file:` URL; it is made where there is none, and is one broker's at
   * a time. Topics are then kept on disk unless they say `storage: "memory"`, and what was on disk is there again
   * when a broker is started on the same folder: topics, records, groups and what they have committed. Default: none,
   * and all ends with the broker.
   */
  dataDirectory?: string | URL | undefined
  /** How many threads wait for the disk to sync, from 1 to 64. Default 4. Only with a `dataDirectory`. */
  syncThreads?: number | undefined
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
   * `gatingGroups` hold for a first consumer goes with it. Default: never; with a `dataDirectory` Kafka's 7 days,
   * in which the time counts that no broker ran.
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
  /** `ringlog/workers/storage-thread`, for brokers with a `dataDirectory`. */
  storageThread?: ModuleLocation | undefined
  /** `ringlog/workers/sync-thread`, for brokers with a `dataDirectory`. */
  syncThread?: ModuleLocation | undefined
  /** `ringlog/workers/cleaner`, for brokers with a `dataDirectory`. */
  cleaner?: ModuleLocation | undefined
}

export interface ResolvedBrokerConfig {
  readonly name: string | null
  /** An absolute path; `null`: nothing is kept. */
  readonly dataDirectory: string | null
  readonly syncThreads: number
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
  storageThread: moduleOption(),
  syncThread: moduleOption(),
  cleaner: moduleOption(),
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

const dataDirectoryOption: Option<string | URL | null> = {
  default: null,
  fault: directoryFault,
}

export const BROKER_OPTIONS = {
  name: nameOption(),
  dataDirectory: dataDirectoryOption,
  syncThreads: integerOption(4, { min: 1, max: 64 }),
  maxPartitions: integerOption(1024, { min: 1 }),
  maxRestarts: integerOption(5, { min: 0 }),
  restartWindowMs: durationMsOption(60_000, 1),
  workers: workersOption,
  groupExpiryMs: expiryMsOption(),
  onError: callbackOption<(error: RinglogError) => void>() as Option<
    ((error: RinglogError) => void) | null
  >,
}

/** Kafka's `offsets.retention.minutes`. */
const DURABLE_GROUP_EXPIRY_MS = 7 * 24 * 60 * 60 * 1000

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveBrokerConfig(given: BrokerConfig | undefined): ResolvedBrokerConfig {
  const config = resolveOptions('BrokerConfig', BROKER_OPTIONS, given, (together, report) => {
    if (together.dataDirectory !== null || given?.syncThreads === undefined) return
    report('syncThreads', 'is for brokers with a dataDirectory alone')
  })
  const dataDirectory = config.dataDirectory === null ? null : directoryPath(config.dataDirectory)
  const groupExpiryMs =
    config.groupExpiryMs ?? (dataDirectory === null ? null : DURABLE_GROUP_EXPIRY_MS)
  return { ...config, workers: resolveWorkers(config.workers), dataDirectory, groupExpiryMs }
}
