import { Broker, type TopicConfig } from 'ringlog'
import {
  defineScenario,
  type Measurement,
  type Parameters,
  type Scenario,
  type Stage,
} from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { lapOf } from '../metrics/warm-up.ts'
import type { BehindTask } from '../roles/reading-behind.ts'
import { WARM, producerBy, type Produced, type ProducerTask } from '../roles/producing.ts'
import { DISK_TOPIC, assertReadBack, diskTotals } from './log-on-disk.ts'

const MEBIBYTE = 1024 * 1024

/** What tells one scenario of producers of a topic on disk from another. */
export interface ProducedToDisk extends Pick<Scenario, 'name' | 'description' | 'comparedWith'> {
  /** Options of the topic. */
  readonly disk?: TopicConfig
  readonly producers?: number
  /** Beyond the common ones, or in their place. */
  readonly parameters?: Parameters
  /** Default: as fast as the log takes it. */
  readonly producer?: Scenario['roles'][string]
  /** A role that reads from the beginning while the timed part is produced. */
  readonly reader?: Scenario['roles'][string]
}

/**
 * Producers of a topic of one partition on disk: timed until all is acknowledged. What was sent is read back
 * once the clock has stopped.
 */
export function producedToDisk({
  disk = {},
  producers = 1,
  parameters,
  producer = producerBy('shared'),
  reader,
  ...scenario
}: ProducedToDisk): Scenario {
  return defineScenario({
    ...scenario,
    isDefault: false,
    parameters: {
      records: 6_000_000,
      recordSizeBytes: 100,
      batchSizeBytes: 65_536,
      lingerMs: 0,
      ...parameters,
    },
    fixed: { producers, partitions: 1 },
    roles: reader === undefined ? { producer } : { producer, reader },
    run: (stage) => run(stage, disk, producers, reader !== undefined),
  })
}

async function run(
  stage: Stage,
  disk: TopicConfig,
  producers: number,
  hasReader: boolean,
): Promise<Measurement> {
  await using directory = await makeDataDirectory()
  const broker = await Broker.start({ dataDirectory: directory.path })
  await broker.createTopic(DISK_TOPIC, disk)
  const timedRecords = Math.ceil(stage.number('records') / producers)
  const lapRecords = lapOf(timedRecords)
  const isOver = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const behind: BehindTask = { topic: DISK_TOPIC, isOver }
  const reading = hasReader ? stage.start<void>('reader', behind) : null
  const producing = Array.from({ length: producers }, (_, index) => {
    const task: ProducerTask = { topic: DISK_TOPIC, lapRecords, timedRecords }
    return stage.start<Produced>('producer', task, { index })
  })
  const laps = await stage.warmUp(lapRecords * producers)
  const before = await diskTotals(broker)
  const startedAtMs = await stage.sync(WARM)
  const produced = await Promise.all(producing.map(async ({ result }) => result))
  const cpuMicros = stage.cpuMicrosSinceSync()
  const after = await diskTotals(broker)
  Atomics.store(isOver, 0, 1)
  await reading?.result
  const sent = produced.map((one) => one.sent)
  await assertReadBack(broker, stage, sent)
  await broker.close()
  const syncs = after.syncs - before.syncs
  const batches = after.batches - before.batches
  const records = sent.reduce((sum, count) => sum + count - laps * lapRecords, 0)
  return {
    records,
    bytes: records * stage.number('recordSizeBytes'),
    elapsedMs: Math.max(...produced.map((one) => one.finishedAtMs)) - startedAtMs,
    cpuMicros,
    figures: {
      mebibytesBefore: before.sizeBytes / MEBIBYTE,
      syncs,
      ...(disk.flushMessages === undefined ? {} : { batchesPerSync: batches / syncs }),
    },
  }
}
