import type { ConsumerConfig } from '@ringlog/consumer'
import {
  choiceOption,
  engineOf,
  entryUrl,
  integerOption,
  moduleOption,
  moduleUrl,
  reasonOf,
  type LogClient,
  type ModuleLocation,
  type RinglogError,
} from '@ringlog/core/internal'
import os from 'node:os'
import {
  checkedOption,
  resolveHandlingConfig,
  type HandlingConfig,
  type HandlingOwner,
  type ResolvedHandlingConfig,
} from '../handling/handling-config.ts'

/** What a pool takes of a consumer's configuration: the handler's module has the serdes, and the pool commits. */
type PoolConsumerConfig = Omit<
  ConsumerConfig,
  'autoCommit' | 'groupId' | 'keySerde' | 'valueSerde' | 'groupInstanceId' | 'onRecordsMissed'
>

/** The configuration of a consumer pool. */
export interface ConsumerPoolConfig extends PoolConsumerConfig, HandlingConfig {
  /**
   * The module that handles records, as a URL or an absolute path: see `HandlerModule`. Each thread
   * loads it. TypeScript as far as Node.js strips types, or as the process's loader takes it.
   */
  handler: ModuleLocation
  /**
   * Where the file is that the pool's threads begin with, `ringlog/workers/consumer-pool`: for programs that
   * are bundled. Default: what `Broker.start` was given as `workers.consumerPool`, else beside the package.
   */
  worker?: ModuleLocation | undefined
  /** Default: one for each partition, but not more than cores. */
  threads?: number | undefined
  /** Plain data for handlers: `context.data`. */
  data?: unknown
  /**
   * What is handled one after the other. `"partition"` (default): the records of a partition; `"key"`:
   * the records of a partition with the same key. What is not runs at once within a thread, as far as
   * handlers wait for something; and goes on while a record waits for its next attempt.
   */
  concurrency?: 'partition' | 'key' | undefined
  /**
   * Called with what went wrong: `details.isFatal` says whether the pool stops for it. It goes on after a thread
   * has crashed, with code WORKER_CRASHED and the records that its handlers had as `details.records` (of a
   * single one also `topic`, `partition`, `offset` and `attempt`), and when nothing more can be read of one
   * partition: PARTITION_OFFLINE (until `Broker.restartPartition`), CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR (until its
   * files can be read). Without it, the process gets a warning.
   */
  onError?: ((error: RinglogError) => void) | undefined
  /**
   * How long a thread may go without polling before its group gives its partitions to others. It polls
   * while handlers wait for something; so this limits only what keeps the thread itself busy. The
   * signals of the handlers whose partition was lost are aborted. When the partition is back and one of them
   * still runs after so long, its thread is replaced, as one that crashed: records of a partition are
   * handled one after the other. Default 300,000.
   */
  maxPollIntervalMs?: number | undefined
  /** Aborted: the pool closes, and the signals of running handlers are aborted at once. */
  signal?: AbortSignal | undefined
}

export interface ResolvedPoolConfig extends ResolvedHandlingConfig {
  readonly handler: string
  readonly workerUrl: string
  readonly threads: number
  readonly data: unknown
  readonly concurrency: 'partition' | 'key'
}

const POOL_OPTIONS = {
  handler: moduleOption(),
  worker: moduleOption(),
  threads: integerOption(0, { min: 1, max: 1024 }),
  data: checkedOption<unknown>(undefined, dataFault),
  concurrency: choiceOption<'partition' | 'key'>('partition', ['partition', 'key']),
}

const THE_MODULES = 'a function cannot cross threads: the handler module exports it'

const POOL: HandlingOwner<typeof POOL_OPTIONS> = {
  owner: 'ConsumerPoolConfig',
  name: 'a pool',
  options: POOL_OPTIONS,
  required: ['handler'],
  refused: {
    autoCommit: 'it commits what is handled',
    keySerde: THE_MODULES,
    valueSerde: THE_MODULES,
    groupInstanceId: 'its threads are several members',
    onRecordsMissed:
      'a function cannot cross threads; a handler finds the count as ' +
      'recordsMissed of context.consumer.metrics()',
  },
}

/**
 * Checks a configuration, and what of it depends on the log.
 *
 * @throws RinglogError INVALID_CONFIG that lists every fault; BROKER_CLOSED.
 */
export async function resolvePoolConfig(
  client: LogClient,
  given: ConsumerPoolConfig,
): Promise<ResolvedPoolConfig> {
  const { handling, own } = await resolveHandlingConfig(client, given, POOL)
  const { handler, worker, threads, data, concurrency } = own
  const workerUrl = entryUrl({
    specifier: '@ringlog/consumer-pool/worker',
    option: 'worker',
    given: worker ?? engineOf(client).poolWorkerUrl ?? null,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
  return {
    ...handling,
    concurrency,
    // A copy: a thread that is started later gets what the user gave, not what became of it.
    data: structuredClone(data),
    handler: moduleUrl(handler!).href,
    workerUrl,
    threads: threads === 0 ? await defaultThreads(client, handling.topics) : threads,
  }
}

/**
 * One thread for each partition, but not more than cores; as many as cores where the topics do not exist
 * yet.
 */
async function defaultThreads(client: LogClient, topics: string[] | RegExp): Promise<number> {
  const cores = os.availableParallelism()
  if (topics instanceof RegExp) return cores
  const existing = new Set(await client.listTopics())
  if (topics.some((topic) => !existing.has(topic))) return cores
  const described = await Promise.all(topics.map((topic) => client.describeTopic(topic)))
  return Math.min(
    cores,
    described.reduce((count, { partitions }) => count + partitions.length, 0),
  )
}

function dataFault(value: unknown): string | null {
  try {
    structuredClone(value)
    return null
  } catch (error) {
    return `must be plain data, which can cross threads: ${reasonOf(error)}`
  }
}
