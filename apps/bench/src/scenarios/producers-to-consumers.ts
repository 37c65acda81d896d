import { Broker, type WaitStrategy } from 'ringlog'
import type { Measurement, RoleHandle, Stage } from '../define-scenario.ts'
import { assertTally, expectedTally } from '../metrics/stamped-value.ts'
import type { Consumed, ConsumerTask } from './consuming.ts'
import { WARM, type ProducerTask } from './producing.ts'

const TOPIC = 'bench'
/**
 * As many records as are timed are sent before the clock starts, but no more than these: with a fifth of them,
 * V8 was still at work on the code of producer and consumer while the clock ran. More would be better still, but
 * the default suite has two minutes.
 */
const MAX_WARM_UP_RECORDS = 4_000_000

export interface Topology {
  readonly producers: number
  readonly consumers: number
  readonly partitions: number
  /** Each consumer reads all partitions; otherwise they are divided among the consumers. */
  readonly isBroadcast?: boolean
}

export interface TopologyRun {
  readonly measurement: Measurement
  readonly consumed: readonly Consumed[]
  /** What the producing roles returned. */
  readonly produced: readonly unknown[]
}

/**
 * Producers, partitions and consumers, each in threads of their own: keyless records go round robin
 * to all partitions; partition p is read by consumer p modulo their number, or by all. Timed from the moment at
 * which all are warm to the last record consumed.
 *
 * @param onTopicCreated Called before any role's thread is started.
 */
export async function runProducersToConsumers(
  stage: Stage,
  topology: Topology,
  onTopicCreated?: () => void,
): Promise<Measurement> {
  return (await runTopology(stage, topology, onTopicCreated)).measurement
}

/** As `runProducersToConsumers`; with what the roles returned. */
export async function runTopology(
  stage: Stage,
  { producers, consumers, partitions, isBroadcast = false }: Topology,
  onTopicCreated: () => void = () => undefined,
): Promise<TopologyRun> {
  // Each producer's share goes round all partitions a whole number of times.
  const perPartition = Math.ceil(stage.number('records') / producers / partitions)
  const timedRecords = perPartition * partitions
  const maxWarmUp = Math.ceil(MAX_WARM_UP_RECORDS / producers / partitions)
  const warmUpRecords = Math.min(perPartition, maxWarmUp) * partitions
  const perConsumer = (records: number, owned: number): number =>
    (records / partitions) * producers * owned

  const broker = await Broker.start()
  await broker.createTopic(TOPIC, {
    partitions,
    waitStrategy: stage.parameters.wait as WaitStrategy,
  })
  onTopicCreated()

  const consuming = Array.from({ length: consumers }, (_, index): RoleHandle<Consumed> => {
    const owned = Array.from({ length: partitions }, (_unused, partition) => partition)
      .filter((partition) => isBroadcast || partition % consumers === index)
      .map((partition) => ({ topic: TOPIC, partition }))
    const task: ConsumerTask = {
      partitions: owned,
      producers,
      warmUpRecords: perConsumer(warmUpRecords, owned.length),
      timedRecords: perConsumer(timedRecords, owned.length),
    }
    return stage.start<Consumed>('consumer', task, { index })
  })
  await stage.sync('assigned')
  const producing = Array.from({ length: producers }, (_, index) => {
    const task: ProducerTask = { topic: TOPIC, warmUpRecords, timedRecords }
    return stage.start<unknown>('producer', task, { index })
  })
  const startedAtMs = await stage.sync(WARM)
  const consumed = await Promise.all(consuming.map(async ({ result }) => result))
  const cpuMicros = stage.cpuMicrosSinceSync()
  const produced = await Promise.all(producing.map(async ({ result }) => result))
  await broker.close()

  const sent = expectedTally(warmUpRecords, timedRecords)
  const copies = isBroadcast ? consumers : 1
  assertTally(
    consumed.map(({ tally }) => tally),
    producing.flatMap(() => Array.from({ length: copies }, () => sent)),
  )
  const records = timedRecords * producers * copies
  const measurement = {
    records,
    bytes: records * stage.number('recordSizeBytes'),
    elapsedMs: Math.max(...consumed.map(({ finishedAtMs }) => finishedAtMs)) - startedAtMs,
    cpuMicros,
  }
  return { measurement, consumed, produced }
}
