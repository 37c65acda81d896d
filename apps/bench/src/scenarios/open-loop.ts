import { Broker, type WaitStrategy } from 'ringlog'
import type { Measurement, Parameters, Stage } from '../define-scenario.ts'
import { assertTally, expectedTally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import {
  MAXIMUM,
  OPEN_LOOP_TOPIC,
  PLANNED,
  Plan,
  consumeOpenLoop,
  produceOpenLoop,
  type OpenLoopConsumed,
  type OpenLoopTask,
} from '../roles/open-loop.ts'
import { WARM } from '../roles/producing.ts'
import { PIPELINE_PARAMETERS } from './pipeline.ts'

export const OPEN_LOOP_PARAMETERS: Parameters = {
  records: 3_000_000,
  ...PIPELINE_PARAMETERS,
  loadPercent: 50,
  durationMs: 2_000,
}

export const OPEN_LOOP_ROLES = { producer: produceOpenLoop, consumer: consumeOpenLoop }

/** What one producer, one partition and one consumer are good for, and how long records take below that. */
export interface OpenLoop {
  /** As fast as can be. */
  readonly maximum: Measurement
  /** At `loadPercent` of that rate, as an open loop: a record is late from when it was due. */
  readonly paced: Measurement
}

/** Finds the maximum, and then writes at a share of it for `durationMs`. */
export async function runOpenLoop(stage: Stage): Promise<OpenLoop> {
  const records = stage.number('records')
  const lapRecords = lapOf(records)
  const broker = await Broker.start()
  await broker.createTopic(OPEN_LOOP_TOPIC, { waitStrategy: stage.parameters.wait as WaitStrategy })
  const plan = new Plan()
  const task: OpenLoopTask = { plan: plan.memory, lapRecords, records }
  const consuming = stage.start<OpenLoopConsumed>('consumer', task)
  const producing = stage.start<void>('producer', task)
  await stage.sync('assigned')
  const laps = await stage.warmUp(lapRecords)
  const startedAtMs = await stage.sync(WARM)
  await stage.sync(MAXIMUM)
  const elapsedMs = plan.maximumReachedAtMs - startedAtMs
  plan.intervalMs = elapsedMs / records / (stage.number('loadPercent') / 100)
  plan.pacedRecords = Math.ceil(stage.number('durationMs') / plan.intervalMs)
  const pacedAtMs = await stage.sync(PLANNED)
  const { tally, finishedAtMs, latency } = await consuming.result
  const cpuMicros = stage.cpuMicrosSinceSync()
  await producing.result
  await broker.close()
  const total = laps * lapRecords + records + plan.pacedRecords
  assertTally([tally], [expectedTally(0, total)])
  return {
    maximum: { records, elapsedMs },
    paced: {
      records: plan.pacedRecords,
      elapsedMs: finishedAtMs - pacedAtMs,
      cpuMicros,
      latency,
      figures: { maximumRecordsPerSecond: records / (elapsedMs / 1000) },
    },
  }
}
