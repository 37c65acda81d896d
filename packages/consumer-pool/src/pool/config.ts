import type { ConsumerConfig } from '@ringlog/consumer'
import { resolveConsumerConfig } from '@ringlog/consumer/internal'
import {
  RinglogError,
  TopicFilter,
  assertTopicName,
  callbackOption,
  choiceOption,
  didYouMean,
  durationMsOption,
  engineOf,
  entryUrl,
  integerOption,
  moduleOption,
  moduleUrl,
  resolveOptions,
  show,
  type LogClient,
  type ModuleLocation,
  type Option,
} from '@ringlog/core/internal'
import os from 'node:os'

/** What a pool takes of a consumer's configuration: records arrive as bytes, and the pool commits. */
type PoolConsumerConfig = Omit<
  ConsumerConfig,
  'autoCommit' | 'keySerde' | 'valueSerde' | 'groupInstanceId' | 'onRecordsMissed'
>

/** The configuration of a consumer pool. */
export interface ConsumerPoolConfig extends PoolConsumerConfig {
  /** The group that all threads are members of. */
  groupId: string
  /** What to subscribe to: names, or a pattern, also for topics that come later. */
  topics: string[] | RegExp
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
   * handlers wait for something.
   */
  concurrency?: 'partition' | 'key' | undefined
  /**
   * How often a record is tried, in all threads: that its thread crashed while its handler ran counts as an
   * attempt. Default 3.
   */
  maxAttempts?: number | undefined
  /** Before the second attempt; twice as long before each further one, up to 1,000. Default 100. */
  retryBackoffMs?: number | undefined
  /**
   * When no attempt is left. `"stop"` (default): the pool stops, the record is not committed. Or a
   * topic, which must exist: the record goes there, with headers that say where it is from and why.
   */
  onExhausted?: 'stop' | { deadLetterTopic: string } | undefined
  /**
   * Called with what went wrong: `details.isFatal` says whether the pool stops for it. It goes on after a thread
   * has crashed, with code WORKER_CRASHED and the records that its handlers had as `details.records` (of a
   * single one also `topic`, `partition`, `offset` and `attempt`), and when nothing more can be read of one
   * partition: PARTITION_OFFLINE (until `Broker.restartPartition`), CORRUPT_MESSAGE. Without it, the process gets
   * a warning.
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

export interface ResolvedPoolConfig {
  readonly consumer: ConsumerConfig & { readonly groupId: string }
  readonly topics: string[] | RegExp
  /** The same, to ask. */
  readonly filter: TopicFilter
  readonly handler: string
  readonly workerUrl: string
  readonly threads: number
  readonly data: unknown
  readonly concurrency: 'partition' | 'key'
  readonly maxAttempts: number
  readonly retryBackoffMs: number
  readonly deadLetterTopic: string | null
  readonly onError: ((error: RinglogError) => void) | null
  readonly signal: AbortSignal | null
}

interface Fault {
  readonly option: string
  readonly fault: string
}

const POOL_OPTIONS = {
  topics: option<string[] | RegExp | null>(null, topicsFault),
  handler: moduleOption(),
  worker: moduleOption(),
  threads: integerOption(0, { min: 1, max: 1024 }),
  data: option<unknown>(undefined, dataFault),
  concurrency: choiceOption<'partition' | 'key'>('partition', ['partition', 'key']),
  maxAttempts: integerOption(3, { min: 1 }),
  retryBackoffMs: durationMsOption(100),
  onExhausted: option<'stop' | { deadLetterTopic: string }>('stop', onExhaustedFault),
  onError: callbackOption<(error: RinglogError) => void>(),
  signal: option<AbortSignal | null>(null, (value) =>
    value instanceof AbortSignal ? null : `must be an AbortSignal, got ${show(value)}`,
  ),
}

/** Consumer options that a pool does not have, and why. */
const NOT_A_POOLS: Readonly<Record<string, string>> = {
  autoCommit: 'is not an option of a pool: it commits what is handled',
  keySerde: 'is not an option of a pool: records arrive as bytes, a function cannot cross threads',
  valueSerde:
    'is not an option of a pool: records arrive as bytes, a function cannot cross threads',
  groupInstanceId: 'is not an option of a pool: its threads are several members',
  onRecordsMissed:
    'is not an option of a pool: a function cannot cross threads; a handler finds the count as ' +
    'recordsMissed of context.consumer.metrics()',
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
  if (typeof given !== 'object' || given === null) {
    const fault = `must be an object, got ${show(given)}`
    throw invalid([{ option: '', fault }], `ConsumerPoolConfig ${fault}`)
  }
  const closedError = engineOf(client).closedError()
  if (closedError !== null) throw closedError
  const own: Record<string, unknown> = {}
  const consumer: Record<string, unknown> = {}
  const faults: Fault[] = []
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(POOL_OPTIONS, name)) own[name] = value
    else if (!Object.hasOwn(NOT_A_POOLS, name)) consumer[name] = value
    else if (value !== undefined) faults.push({ option: name, fault: NOT_A_POOLS[name]! })
  }
  for (const name of ['groupId', 'topics', 'handler'] as const) {
    if (given[name] === undefined) faults.push({ option: name, fault: 'must be given' })
  }
  const options = collect(faults, () => resolveOptions('ConsumerPoolConfig', POOL_OPTIONS, own))
  const consumerFaults: Fault[] = []
  collect(consumerFaults, () => resolveConsumerConfig(consumer))
  faults.push(...consumerFaults.map(withPoolNames))
  const deadLetterTopic = deadLetterTopicOf(own['onExhausted'])
  faults.push(...(await deadLetterFaults(client, deadLetterTopic, own['topics'])))
  if (faults.length > 0 || options === null) {
    const list = faults.map(({ option: name, fault }) => `${name} ${fault}`).join('; ')
    throw invalid(faults, `ConsumerPoolConfig is not valid: ${list}`)
  }
  const { topics, handler, worker, threads, onExhausted: _, ...rest } = options
  const { assignor } = given
  const workerUrl = entryUrl({
    specifier: '@ringlog/consumer-pool/worker',
    option: 'worker',
    given: worker ?? engineOf(client).poolWorkerUrl ?? null,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
  return {
    ...rest,
    // A copy: a thread that is started later gets what the user gave, not what became of it.
    data: structuredClone(options.data),
    consumer: {
      ...(consumer as PoolConsumerConfig),
      ...(assignor === undefined ? {} : { assignor: String(assignor) }),
      groupId: given.groupId,
      autoCommit: false,
    },
    topics: topics!,
    filter: new TopicFilter(topics!),
    handler: moduleUrl(handler!).href,
    workerUrl,
    threads: threads === 0 ? await defaultThreads(client, topics!) : threads,
    deadLetterTopic,
  }
}

/** The consumer's error for an unknown option lists only the names of its own: adds the pool's. */
function withPoolNames(found: Fault): Fault {
  if (!found.fault.startsWith('is not an option')) return found
  const names = Object.keys(POOL_OPTIONS)
  const hint = didYouMean(found.option, names)
  const fault = hint === '' ? `${found.fault}, ${names.join(', ')}` : `is not an option; ${hint}`
  return { option: found.option, fault }
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

async function deadLetterFaults(
  client: LogClient,
  topic: string | null,
  topics: unknown,
): Promise<Fault[]> {
  if (topic === null) return []
  const isList = Array.isArray(topics) || topics instanceof RegExp
  if (isList && new TopicFilter(topics as string[] | RegExp).has(topic)) {
    const fault = `must not name a topic that the pool consumes, got ${show(topic)}`
    return [{ option: 'onExhausted.deadLetterTopic', fault }]
  }
  if ((await client.listTopics()).includes(topic)) return []
  const fault = `must name a topic that exists, got ${show(topic)}: create it first`
  return [{ option: 'onExhausted.deadLetterTopic', fault }]
}

/** `null` also where it is not valid. */
function deadLetterTopicOf(onExhausted: unknown): string | null {
  if (onExhausted === undefined || onExhaustedFault(onExhausted) !== null) return null
  return onExhausted === 'stop'
    ? null
    : (onExhausted as { deadLetterTopic: string }).deadLetterTopic
}

function option<T>(value: T, fault: (given: unknown) => string | null): Option<T> {
  return { default: value, fault }
}

/** The result, or `null` with its faults added to the list. */
function collect<T>(faults: Fault[], resolve: () => T): T | null {
  try {
    return resolve()
  } catch (error) {
    if (!RinglogError.is(error, 'INVALID_CONFIG')) throw error
    faults.push(...(error.details['faults'] as Fault[]))
    return null
  }
}

function invalid(faults: readonly Fault[], message: string): RinglogError {
  return new RinglogError('INVALID_CONFIG', message, { details: { faults } })
}

function topicsFault(value: unknown): string | null {
  if (value instanceof RegExp) return null
  if (!Array.isArray(value) || value.length === 0) {
    return `must be a RegExp or an array of at least one topic name, got ${show(value)}`
  }
  for (const topic of value as unknown[]) {
    try {
      assertTopicName(topic)
    } catch (error) {
      return `must hold topic names: ${(error as Error).message}`
    }
  }
  return null
}

function dataFault(value: unknown): string | null {
  try {
    structuredClone(value)
    return null
  } catch (error) {
    return `must be plain data, which can cross threads: ${(error as Error).message}`
  }
}

function onExhaustedFault(value: unknown): string | null {
  if (value === 'stop') return null
  const topic = (value as { deadLetterTopic?: unknown } | null)?.deadLetterTopic
  if (typeof value !== 'object' || value === null || topic === undefined) {
    return `must be "stop" or { deadLetterTopic: a topic }, got ${show(value)}`
  }
  const other = Object.keys(value).find((name) => name !== 'deadLetterTopic')
  if (other !== undefined) return `.${other} is not an option; there is deadLetterTopic`
  try {
    assertTopicName(topic)
    return null
  } catch (error) {
    return `.deadLetterTopic must be a topic: ${(error as Error).message}`
  }
}
