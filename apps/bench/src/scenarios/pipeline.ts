import { Broker, type TopicConfig, type WaitStrategy } from 'ringlog'
import {
  defineScenario,
  type Measurement,
  type Parameters,
  type RoleHandle,
  type Scenario,
  type Stage,
  type WarmUpOptions,
} from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { logCountsSince, readLogTotals } from '../metrics/log-totals.ts'
import { numberOf } from '../runner/parameters.ts'
import { ValueSizes } from '../metrics/value-sizes.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { assertTally, expectedTally } from '../metrics/stamped-value.ts'
import type { Consumed, ConsumerTask } from '../roles/consuming.ts'
import { WARM, type ProducerTask } from '../roles/producing.ts'

const TOPIC = 'bench'
/** How many threads of each kind there are. */
export interface Topology {
  readonly producers: number
  readonly consumers: number
  readonly partitions: number
  /** Each consumer reads all partitions; otherwise they are divided among the consumers. */
  readonly isBroadcast?: boolean
  /** The topic is on disk, with these options. Default: in memory. */
  readonly disk?: TopicConfig
}

/** One producer, one partition, one consumer. */
export const ONE_OF_EACH: Topology = { producers: 1, partitions: 1, consumers: 1 }

/** What roles that are given their configuration take, unless the command line says otherwise. */
export const PIPELINE_PARAMETERS: Parameters = {
  recordSizeBytes: 100,
  batchSizeBytes: 65_536,
  lingerMs: 0,
  wait: 'park',
}

/** What roles with the default configuration take. */
export const DEFAULT_CONFIG_PARAMETERS: Parameters = { recordSizeBytes: 100, wait: 'park' }

/** What tells one pipeline from another. */
export interface Pipeline extends Pick<
  Scenario,
  'name' | 'description' | 'isDefault' | 'comparedWith' | 'sweep'
> {
  /** Of the timed part. */
  readonly records: number
  /** Default: `ONE_OF_EACH`. A number that is among the parameters as well is taken from there. */
  readonly topology?: Topology
  /** Default: `PIPELINE_PARAMETERS`. */
  readonly parameters?: Parameters
  readonly producer: Scenario['roles'][string]
  readonly consumer: Scenario['roles'][string]
  /** What is made of a run; default: its measurement. */
  readonly run?: (stage: Stage, topology: Topology) => Promise<Measurement>
}

/** A scenario of producers, partitions and consumers: see `runTopology`. */
export function pipelineScenario({
  topology = ONE_OF_EACH,
  parameters = PIPELINE_PARAMETERS,
  records,
  producer,
  consumer,
  run = async (stage, shape) => (await runTopology(stage, shape)).measurement,
  ...scenario
}: Pipeline): Scenario {
  const { producers, partitions, consumers } = topology
  const fixed = Object.entries({ producers, partitions, consumers }).filter(
    ([name]) => !(name in parameters),
  )
  return defineScenario({
    ...scenario,
    parameters: { records, ...parameters },
    fixed: Object.fromEntries(fixed),
    roles: { producer, consumer },
    run: (stage) => run(stage, { ...topology, ...numbersOfThreads(stage.parameters) }),
  })
}

/** Those of a topology that are among the parameters. */
function numbersOfThreads(parameters: Parameters): Partial<Topology> {
  const names = ['producers', 'partitions', 'consumers'] as const
  const given = names.filter((name) => name in parameters)
  return Object.fromEntries(given.map((name) => [name, numberOf(parameters, name)]))
}

export interface TopologyRun {
  readonly measurement: Measurement
  readonly consumed: readonly Consumed[]
  /** What the producing roles returned. */
  readonly produced: readonly unknown[]
  readonly topicStartMs: number
}

export interface TopologyOptions extends Pick<WarmUpOptions, 'laps'> {
  /** Called before any role's thread is started. */
  readonly onTopicCreated?: () => void
  /** Of the timed part; default: the parameter. */
  readonly records?: number
}

/**
 * Producers, partitions and consumers, each in threads of their own: keyless records go round robin
 * to all partitions; partition p is read by consumer p modulo their number, or by all. Timed from the moment at
 * which all are warm to the last record consumed.
 */
export async function runTopology(
  stage: Stage,
  { producers, consumers, partitions, isBroadcast = false, disk }: Topology,
  { onTopicCreated, records: wanted = stage.number('records'), ...warmUp }: TopologyOptions = {},
): Promise<TopologyRun> {
  // Each producer's share goes round all partitions a whole number of times.
  const perPartition = Math.ceil(wanted / producers / partitions)
  const timedRecords = perPartition * partitions
  const lapRecords = lapOf(perPartition) * partitions
  const perConsumer = (records: number, owned: number): number =>
    (records / partitions) * producers * owned

  await using directory = disk === undefined ? null : await makeDataDirectory()
  const broker = await Broker.start(directory === null ? {} : { dataDirectory: directory.path })
  const createdAtMs = stage.nowMs()
  await broker.createTopic(TOPIC, {
    ...disk,
    partitions,
    waitStrategy: stage.parameters.wait as WaitStrategy,
  })
  const topicStartMs = stage.nowMs() - createdAtMs
  onTopicCreated?.()

  const consuming = Array.from({ length: consumers }, (_, index): RoleHandle<Consumed> => {
    const owned = Array.from({ length: partitions }, (_unused, partition) => partition)
      .filter((partition) => isBroadcast || partition % consumers === index)
      .map((partition) => ({ topic: TOPIC, partition }))
    const task: ConsumerTask = {
      partitions: owned,
      producers,
      lapRecords: perConsumer(lapRecords, owned.length),
      timedRecords: perConsumer(timedRecords, owned.length),
    }
    return stage.start<Consumed>('consumer', task, { index })
  })
  await stage.sync('assigned')
  const producing = Array.from({ length: producers }, (_, index) => {
    const task: ProducerTask = { topic: TOPIC, lapRecords, timedRecords }
    return stage.start<unknown>('producer', task, { index })
  })
  const copies = isBroadcast ? consumers : 1
  const laps = await stage.warmUp(lapRecords * producers * copies, warmUp)
  const totalsAtStart = await readLogTotals(broker)
  const startedAtMs = await stage.sync(WARM)
  const consumed = await Promise.all(consuming.map(async ({ result }) => result))
  const cpuMicros = stage.cpuMicrosSinceSync()
  const produced = await Promise.all(producing.map(async ({ result }) => result))
  const log = logCountsSince(totalsAtStart, await readLogTotals(broker))
  await broker.close()

  const warmUpRecords = laps * lapRecords
  const sent = expectedTally(warmUpRecords, timedRecords)
  assertTally(
    consumed.map(({ tally }) => tally),
    producing.flatMap(() => Array.from({ length: copies }, () => sent)),
  )
  const records = timedRecords * producers * copies
  const measurement = {
    records,
    bytes: ValueSizes.of(stage.parameters).total(warmUpRecords, timedRecords) * producers * copies,
    elapsedMs: Math.max(...consumed.map(({ finishedAtMs }) => finishedAtMs)) - startedAtMs,
    cpuMicros,
    log,
  }
  return { measurement, consumed, produced, topicStartMs }
}
