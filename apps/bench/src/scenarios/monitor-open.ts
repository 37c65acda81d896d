import { Broker, type WaitStrategy } from 'ringlog'
import { startMonitor } from 'ringlog/monitor'
import { defineScenario, type Measurement, type Stage } from '../define-scenario.ts'
import { assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM, produceFor, type Produced, type ProducerTask } from '../roles/producing.ts'
import { consumeAllSent, type WatchedTask } from '../roles/watched.ts'
import { MonitorWindows } from './monitor-windows.ts'
import { PIPELINE_PARAMETERS } from './pipeline.ts'

const TOPIC = 'bench'

/** What a record costs with the page open and closed, in windows of one run that are made in pairs: open, closed, closed, open. */
export default defineScenario({
  name: 'monitor-open',
  description: 'shared-1p1c with the live page open, and closed, in pairs of windows of one run',
  isDefault: false,
  parameters: { records: 10_000_000, durationMs: 60_000, ...PIPELINE_PARAMETERS },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: { producer: produceFor, consumer: consumeAllSent },
  run,
})

async function run(stage: Stage): Promise<Measurement> {
  const broker = await Broker.start()
  await broker.createTopic(TOPIC, { waitStrategy: stage.parameters.wait as WaitStrategy })
  const monitor = await startMonitor(broker)
  const lapRecords = lapOf(stage.number('records'))
  const sent = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT))
  const watched: WatchedTask = { topic: TOPIC, lapRecords, sent }
  const consuming = stage.start<Tally>('consumer', watched)
  await stage.sync('assigned')
  const task: ProducerTask = { topic: TOPIC, lapRecords, timedRecords: 0 }
  const producing = stage.start<Produced>('producer', task)
  const laps = await stage.warmUp(lapRecords)
  const startedAtMs = await stage.sync(WARM)
  const windows = new MonitorWindows(stage, broker, TOPIC, `${monitor.url}stream`)
  await windows.measureUntil(startedAtMs + stage.number('durationMs'))
  const produced = await producing.result
  sent[0] = produced.sent
  const tally = await consuming.result
  const elapsedMs = stage.nowMs() - startedAtMs
  const cpuMicros = stage.cpuMicrosSinceSync()
  await broker.close()
  assertTally([tally], [expectedTally(0, produced.sent)])
  const records = produced.sent - laps * lapRecords
  const bytes = records * stage.number('recordSizeBytes')
  const { figures } = windows
  return { records, bytes, elapsedMs, cpuMicros, figures }
}
