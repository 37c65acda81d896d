import { Broker, type WaitStrategy } from 'ringlog'
import { defineScenario, type Measurement, type Scenario, type Stage } from '../define-scenario.ts'
import { createDoorbellLink } from '../limits/doorbell-link.ts'
import { assertTally, expectedTally } from '../metrics/stamped-value.ts'
import {
  PACED_TOPIC,
  consumePaced,
  producePaced,
  type PacedConsumed,
  type PacedTask,
} from '../roles/paced.ts'
import { WARM } from '../roles/producing.ts'

const WARM_UP_SHARE = 0.2
/** Bare wake-ups, before the records and again after them. */
const WAKE_UPS = 5_000

/**
 * Records at a steady rate, far below what the log takes: how long each is on its way. Corrected for
 * coordinated omission: a record that could not be written in time is measured from when it was due.
 */
export function steadyScenario(
  scenario: Pick<Scenario, 'name'>,
  recordsPerSecond: number,
  records: number,
): Scenario {
  return defineScenario({
    ...scenario,
    description: `${recordsPerSecond.toLocaleString('en')} records/s: end-to-end latency, beside that of a bare wake-up`,
    isDefault: false,
    parameters: { records, recordSizeBytes: 100, wait: 'park' },
    fixed: { producers: 1, partitions: 1, consumers: 1, lingerMs: 0 },
    roles: { producer: producePaced, consumer: consumePaced },
    run: (stage) => run(stage, scenario.name, 1000 / recordsPerSecond),
  })
}

async function run(stage: Stage, name: string, intervalMs: number): Promise<Measurement> {
  const records = stage.number('records')
  const warmUpRecords = Math.ceil(records * WARM_UP_SHARE)
  const broker = await Broker.start()
  await broker.createTopic(PACED_TOPIC, { waitStrategy: stage.parameters.wait as WaitStrategy })
  const task: PacedTask = {
    link: createDoorbellLink(),
    schedule: new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT),
    intervalMs,
    warmUpRecords,
    wakeUps: Math.min(records, WAKE_UPS),
  }
  const consuming = stage.start<PacedConsumed>('consumer', task)
  const producing = stage.start<void>('producer', task)
  await stage.sync('assigned')
  const startedAtMs = await stage.sync(WARM)
  const { tally, finishedAtMs, endToEnd, wakeUp } = await consuming.result
  const cpuMicros = stage.cpuMicrosSinceSync()
  await producing.result
  await broker.close()
  assertTally([tally], [expectedTally(0, warmUpRecords + records)])
  return {
    records,
    elapsedMs: finishedAtMs - startedAtMs,
    cpuMicros,
    latency: endToEnd,
    figures: { wakeUpP50Micros: wakeUp.p50, wakeUpP99Micros: wakeUp.p99 },
    ratios: { [`${name} p50 / one-way parked wake-up p50`]: endToEnd.p50 / wakeUp.p50 },
  }
}
