import type { ConsumerConfig } from '@ringlog/consumer'
import { resolveConsumerConfig } from '@ringlog/consumer/internal'
import {
  RinglogError,
  TopicFilter,
  assertTopicName,
  callbackOption,
  didYouMean,
  durationMsOption,
  engineOf,
  integerOption,
  resolveOptions,
  show,
  type LogClient,
  type Option,
  type OptionTable,
  type Resolved,
} from '@ringlog/core/internal'
import type { RetryConfig } from './retries.ts'

/** What a pool and a runner both have: what to consume, and what becomes of records that fail. */
export interface HandlingConfig {
  /** The group that it is, or all threads are, a member of. */
  groupId: string
  /** What to subscribe to: names, or a pattern, also for topics that come later. */
  topics: string[] | RegExp
  /**
   * How often a record is tried, the first time included; in a pool in all threads: that a thread crashed while
   * the record's handler ran counts as an attempt. Default 3.
   */
  maxAttempts?: number | undefined
  /**
   * How long a record waits for its second attempt; twice as long for each further one, up to
   * `retryBackoffMaxMs`. Chance makes each wait up to a fifth shorter or longer. Default 100.
   *
   * It may be minutes: what need not keep an order with the record goes on meanwhile. What comes after it is not
   * committed, so a full ring waits for it in the end; and once `maxPollRecords` of a partition are not
   * finished, the partition rests until some are. A record that waits when its partition is lost, or when all is
   * closed, is not waited for: the partition's next owner is given it, and what comes after it.
   */
  retryBackoffMs?: number | undefined
  /** The longest of these waits. Default 1,000, or `retryBackoffMs` where that is more. */
  retryBackoffMaxMs?: number | undefined
  /**
   * What becomes of a record without an attempt left. `"stop"` (default): all stops, and the record is not
   * committed. Or a topic, which must exist: the record goes there, its bytes as they are, with headers that say
   * where it is from and why.
   */
  onExhausted?: 'stop' | { deadLetterTopic: string } | undefined
}

/** The same, checked. */
export interface ResolvedHandlingConfig extends RetryConfig {
  readonly consumer: ConsumerConfig & { readonly groupId: string }
  readonly topics: string[] | RegExp
  /** The same, to ask. */
  readonly filter: TopicFilter
  readonly onError: ((error: RinglogError) => void) | null
  readonly signal: AbortSignal | null
}

/** What a pool or a runner has of its own. */
export interface HandlingOwner<Own extends OptionTable> {
  /** The type's name. */
  readonly owner: string
  /** What it is called: "a pool". */
  readonly name: string
  readonly options: Own
  /** Options of a consumer that it does not have, and why. */
  readonly refused: Readonly<Record<string, string>>
  /** Those of its own that must be given. */
  readonly required: readonly string[]
  /** What is wrong with its own options together, where each of them alone is good. */
  readonly faultsOf?: (own: Resolved<Own>) => Fault[]
}

/**
 * Checks a configuration, and what of it depends on the log.
 *
 * @throws RinglogError INVALID_CONFIG that lists every fault; BROKER_CLOSED.
 */
export async function resolveHandlingConfig<Own extends OptionTable>(
  client: LogClient,
  given: HandlingConfig,
  { owner, name, options: ownOptions, refused, required, faultsOf }: HandlingOwner<Own>,
): Promise<{ readonly handling: ResolvedHandlingConfig; readonly own: Resolved<Own> }> {
  if (typeof given !== 'object' || given === null) {
    const fault = `must be an object, got ${show(given)}`
    throw invalid([{ option: '', fault }], `${owner} ${fault}`)
  }
  const closedError = engineOf(client).closedError()
  if (closedError !== null) throw closedError
  const table = { ...HANDLING_OPTIONS, ...ownOptions }
  const own: Record<string, unknown> = {}
  const consumer: Record<string, unknown> = {}
  const faults: Fault[] = []
  for (const [option, value] of Object.entries(given)) {
    if (Object.hasOwn(table, option)) own[option] = value
    else if (!Object.hasOwn(refused, option)) consumer[option] = value
    else if (value !== undefined) {
      faults.push({ option, fault: `is not an option of ${name}: ${refused[option]}` })
    }
  }
  for (const option of ['groupId', 'topics', ...required]) {
    const value = (given as unknown as Record<string, unknown>)[option]
    if (value === undefined) faults.push({ option, fault: 'must be given' })
  }
  const options: (Resolved<typeof HANDLING_OPTIONS> & Resolved<Own>) | null = collect(faults, () =>
    resolveOptions(owner, table, own),
  )
  if (options !== null) faults.push(...backoffFaults(options), ...(faultsOf?.(options) ?? []))
  const consumerFaults: Fault[] = []
  collect(consumerFaults, () => resolveConsumerConfig(consumer))
  faults.push(...consumerFaults.map((fault) => withOwnNames(fault, Object.keys(table))))
  const deadLetterTopic = deadLetterTopicOf(own['onExhausted'])
  faults.push(...(await deadLetterFaults(client, name, deadLetterTopic, own['topics'])))
  if (faults.length > 0 || options === null) {
    const list = faults.map(({ option, fault }) => `${option} ${fault}`).join('; ')
    throw invalid(faults, `${owner} is not valid: ${list}`)
  }
  const { topics, maxAttempts, retryBackoffMs, retryBackoffMaxMs, onError, signal } = options
  const { assignor } = consumer as ConsumerConfig
  return {
    own: options,
    handling: {
      consumer: {
        ...(consumer as ConsumerConfig),
        ...(assignor === undefined ? {} : { assignor: String(assignor) }),
        groupId: given.groupId,
        autoCommit: false,
      },
      topics: topics!,
      filter: new TopicFilter(topics!),
      maxAttempts,
      retryBackoffMs,
      retryBackoffMaxMs: retryBackoffMaxMs ?? Math.max(retryBackoffMs, DEFAULT_BACKOFF_MAX_MS),
      deadLetterTopic,
      onError,
      signal,
    },
  }
}

/** Kafka's `retry.backoff.max.ms`. */
const DEFAULT_BACKOFF_MAX_MS = 1_000

/** What is wrong with an option. */
export interface Fault {
  readonly option: string
  readonly fault: string
}

const HANDLING_OPTIONS = {
  topics: checkedOption<string[] | RegExp | null>(null, topicsFault),
  maxAttempts: integerOption(3, { min: 1 }),
  retryBackoffMs: durationMsOption(100),
  retryBackoffMaxMs: checkedOption<number | null>(null, (value) =>
    durationMsOption(0).fault(value),
  ),
  onExhausted: checkedOption<'stop' | { deadLetterTopic: string }>('stop', onExhaustedFault),
  onError: callbackOption<(error: RinglogError) => void>(),
  signal: checkedOption<AbortSignal | null>(null, (value) =>
    value instanceof AbortSignal ? null : `must be an AbortSignal, got ${show(value)}`,
  ),
}

function backoffFaults({
  retryBackoffMs,
  retryBackoffMaxMs,
}: Resolved<typeof HANDLING_OPTIONS>): Fault[] {
  if (retryBackoffMaxMs === null || retryBackoffMaxMs >= retryBackoffMs) return []
  const fault = `must be at least retryBackoffMs=${retryBackoffMs}, got ${retryBackoffMaxMs}`
  return [{ option: 'retryBackoffMaxMs', fault }]
}

/** An option with a check. */
export function checkedOption<T>(value: T, fault: (given: unknown) => string | null): Option<T> {
  return { default: value, fault }
}

/** The consumer's error for an unknown option lists only the names of its own: adds the others. */
function withOwnNames(found: Fault, names: readonly string[]): Fault {
  if (!found.fault.startsWith('is not an option')) return found
  const hint = didYouMean(found.option, names)
  const fault = hint === '' ? `${found.fault}, ${names.join(', ')}` : `is not an option; ${hint}`
  return { option: found.option, fault }
}

async function deadLetterFaults(
  client: LogClient,
  name: string,
  topic: string | null,
  topics: unknown,
): Promise<Fault[]> {
  if (topic === null) return []
  const isList = Array.isArray(topics) || topics instanceof RegExp
  if (isList && new TopicFilter(topics as string[] | RegExp).has(topic)) {
    const fault = `must not name a topic that ${name.replace('a ', 'the ')} consumes, got ${show(topic)}`
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

export function topicsFault(value: unknown): string | null {
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
