import {
  RinglogError,
  optionsInPlaceOf,
  show,
  type ResolvedTopicConfig,
  type TopicConfig,
} from '@ringlog/core/internal'

/** The configuration of a topic of a cluster: what it leaves out, the cluster says. */
export interface ClusterTopicConfig extends Pick<
  TopicConfig,
  | 'partitions'
  | 'maxMessageBytes'
  | 'retentionMs'
  | 'retentionBytes'
  | 'timestampType'
  | 'flushMessages'
  | 'flushMs'
  | 'segmentBytes'
  | 'segmentMs'
  | 'cleanupPolicy'
  | 'minCleanableDirtyRatio'
  | 'minCompactionLagMs'
  | 'maxCompactionLagMs'
  | 'deleteRetentionMs'
> {
  /** How many brokers keep each partition. */
  replicationFactor?: number | undefined
  /** Any other of Kafka's configurations of a topic, by its own name: `{ 'min.insync.replicas': '2' }`. */
  configs?: Readonly<Record<string, string>> | undefined
}

/** What a broker is asked for. */
export interface RequestedTopic {
  /** -1: as the cluster has it. */
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: ReadonlyArray<{ readonly name: string; readonly value: string }>
}

type NamedOption = Exclude<keyof ClusterTopicConfig, 'partitions' | 'replicationFactor' | 'configs'>

/** Kafka's names for Ringlog's options. */
const KAFKA_NAMES: Readonly<Record<NamedOption, string>> = {
  maxMessageBytes: 'max.message.bytes',
  retentionMs: 'retention.ms',
  retentionBytes: 'retention.bytes',
  timestampType: 'message.timestamp.type',
  flushMessages: 'flush.messages',
  flushMs: 'flush.ms',
  segmentBytes: 'segment.bytes',
  segmentMs: 'segment.ms',
  cleanupPolicy: 'cleanup.policy',
  minCleanableDirtyRatio: 'min.cleanable.dirty.ratio',
  minCompactionLagMs: 'min.compaction.lag.ms',
  maxCompactionLagMs: 'max.compaction.lag.ms',
  deleteRetentionMs: 'delete.retention.ms',
}

/** What only a log within the process can do, or needs. */
const OF_THE_PROCESS: ReadonlySet<string> = new Set([
  'ringBytes',
  'whenFull',
  'gatingGroups',
  'waitStrategy',
  'storage',
  'visibility',
  'retentionHeldBy',
])

const AS_THE_CLUSTER_HAS_IT = -1
const MAX_INT16 = 2 ** 15 - 1
export const MAX_INT32 = 2 ** 31 - 1
/** `flush.messages` and `flush.ms` say "never" so. */
const NEVER = 9_223_372_036_854_775_807n

/**
 * @throws RinglogError INVALID_CONFIG that lists every faulty option; INVALID_PARTITIONS when the number of partitions
 *   alone is at fault. Values of the right kind are judged by the cluster.
 */
export function requestedTopic(given: ClusterTopicConfig = {}): RequestedTopic {
  const faults = faultsOf(given)
  if (faults.length > 0) {
    const [first] = faults as [ConfigFault]
    if (faults.length === 1 && first.option === 'partitions') {
      throw new RinglogError('INVALID_PARTITIONS', `the number of partitions ${first.fault}`, {
        details: { partitions: show(given.partitions) },
      })
    }
    const list = faults.map(({ option, fault }) => `${option} ${fault}`).join('; ')
    throw new RinglogError('INVALID_CONFIG', `ClusterTopicConfig is not valid: ${list}`, {
      details: { faults },
    })
  }
  const { partitions, replicationFactor, configs = {} } = given
  const named = (Object.keys(KAFKA_NAMES) as NamedOption[]).flatMap((option) => {
    const value = given[option]
    return value === undefined ? [] : [{ name: KAFKA_NAMES[option], value: textOf(option, value) }]
  })
  const others = Object.entries(configs).map(([name, value]) => ({ name, value }))
  return {
    partitions: partitions ?? AS_THE_CLUSTER_HAS_IT,
    replicationFactor: replicationFactor ?? AS_THE_CLUSTER_HAS_IT,
    configs: [...named, ...others],
  }
}

/** Kafka's configurations of a topic as Ringlog's; what has no meaning on a cluster has the value nearest to it. */
export function resolvedConfig(
  partitions: number,
  configs: ReadonlyMap<string, string | null>,
): ResolvedTopicConfig {
  const number = (option: NamedOption): number => Number(configs.get(KAFKA_NAMES[option]) ?? -1)
  const limit = (option: NamedOption): number | null => {
    const value = configs.get(KAFKA_NAMES[option]) ?? '-1'
    return BigInt(value) < 0n || BigInt(value) === NEVER ? null : Number(value)
  }
  const policies = (configs.get('cleanup.policy') ?? 'delete').split(',').filter(Boolean)
  return {
    partitions,
    ringBytes: 0,
    whenFull: 'evict',
    gatingGroups: [],
    maxMessageBytes: number('maxMessageBytes'),
    retentionMs: limit('retentionMs'),
    timestampType:
      configs.get('message.timestamp.type') === 'LogAppendTime' ? 'logAppendTime' : 'createTime',
    waitStrategy: 'park',
    storage: 'disk',
    visibility: 'acknowledged',
    flushMessages: limit('flushMessages'),
    flushMs: limit('flushMs'),
    segmentBytes: number('segmentBytes'),
    segmentMs: number('segmentMs'),
    retentionBytes: limit('retentionBytes'),
    cleanupPolicy: policies as ResolvedTopicConfig['cleanupPolicy'],
    minCleanableDirtyRatio: number('minCleanableDirtyRatio'),
    minCompactionLagMs: number('minCompactionLagMs'),
    maxCompactionLagMs: limit('maxCompactionLagMs'),
    deleteRetentionMs: number('deleteRetentionMs'),
    retentionHeldBy: 'nobody',
  }
}

interface ConfigFault {
  readonly option: string
  readonly fault: string
}

function faultsOf(given: ClusterTopicConfig): ConfigFault[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return [{ option: 'the configuration', fault: `must be an object, got ${show(given)}` }]
  }
  const allowed = ['partitions', 'replicationFactor', 'configs', ...Object.keys(KAFKA_NAMES)]
  const faults: ConfigFault[] = []
  for (const [option, value] of Object.entries(given as Record<string, unknown>)) {
    if (value === undefined) continue
    const isCount = option === 'partitions' || option === 'replicationFactor'
    if (OF_THE_PROCESS.has(option)) {
      faults.push({
        option,
        fault: 'is for topics within the process: a cluster has nothing like it',
      })
    } else if (!allowed.includes(option)) {
      faults.push({ option, fault: `is not an option; ${optionsInPlaceOf(option, allowed)}` })
    } else if (isCount && !isCountUpTo(option === 'partitions' ? MAX_INT32 : MAX_INT16, value)) {
      faults.push({ option, fault: `must be an integer of at least 1, got ${show(value)}` })
    } else if (option === 'configs' && !isTexts(value)) {
      faults.push({
        option,
        fault: `must be an object of names and values, each a string, got ${show(value)}`,
      })
    } else if (option in KAFKA_NAMES && !isOfKind(option as NamedOption, value)) {
      faults.push({ option, fault: `must be ${kindOf(option as NamedOption)}, got ${show(value)}` })
    }
  }
  return faults
}

/** As Kafka's request has room for. */
function isCountUpTo(max: number, value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max
}

function isTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => typeof one === 'string')
}

function isOfKind(option: NamedOption, value: unknown): boolean {
  if (option === 'timestampType') return value === 'createTime' || value === 'logAppendTime'
  if (option === 'cleanupPolicy') return [value].flat().every((one) => typeof one === 'string')
  return typeof value === 'number' && !Number.isNaN(value)
}

function kindOf(option: NamedOption): string {
  if (option === 'timestampType') return '"createTime" or "logAppendTime"'
  return option === 'cleanupPolicy' ? 'a policy, or several' : 'a number'
}

function textOf(option: NamedOption, value: unknown): string {
  if (option === 'timestampType') return value === 'logAppendTime' ? 'LogAppendTime' : 'CreateTime'
  return Array.isArray(value) ? value.join(',') : String(value)
}
