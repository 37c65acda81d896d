import { Broker, Consumer, Producer, connect, type WaitStrategy } from 'ringlog'
import {
  defineScenario,
  type Measurement,
  type RoleContext,
  type Scenario,
  type Stage,
} from '../define-scenario.ts'
import {
  DoorbellLink,
  createDoorbellLink,
  turn,
  type DoorbellLinkMemory,
} from '../limits/doorbell-link.ts'
import { LatencyHistogram, type LatencyMicros } from '../metrics/latency-histogram.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  type Tally,
} from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

const TOPIC = 'bench'
const WARM_UP_SHARE = 0.2
/** Bare wake-ups, before the records and again after them. */
const WAKE_UPS = 5_000
/** What the woken thread has to fall asleep again. */
const PAUSE_MS = 0.1

interface Task {
  readonly link: DoorbellLinkMemory
  /** One float64: when the first timed record is due; written before that record. */
  readonly schedule: SharedArrayBuffer
  readonly intervalMs: number
  readonly warmUpRecords: number
  readonly wakeUps: number
}

interface Consumed {
  readonly tally: Tally
  readonly finishedAtMs: number
  readonly endToEnd: LatencyMicros
  readonly wakeUp: LatencyMicros
}

/**
 * Writes each record when it is due, however late the one before was. Between two it turns its event
 * loop: no timer is as fine.
 */
async function producePaced(context: RoleContext<Task>): Promise<void> {
  const { schedule, intervalMs, warmUpRecords, wakeUps } = context.data
  const link = new DoorbellLink(context.data.link, context)
  const client = await connect()
  const producer = new Producer(client, {
    waitStrategy: context.parameters.wait as WaitStrategy,
  })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  const produce = async (first: number, end: number, startMs: number): Promise<void> => {
    for (let sequence = first; sequence < end; await turn()) {
      const due = first + Math.floor((context.nowMs() - startMs) / intervalMs) + 1
      for (; sequence < Math.min(due, end); sequence++) {
        stamp(value, sequence)
        if (!producer.write({ topic: TOPIC, value })) await producer.drained()
      }
    }
  }
  await context.sync('assigned')
  await link.wake(2 * wakeUps, PAUSE_MS)
  await produce(0, warmUpRecords, context.nowMs())
  await context.sync(WARM)
  const startMs = context.nowMs()
  new Float64Array(schedule)[0] = startMs
  await produce(warmUpRecords, warmUpRecords + context.number('records'), startMs)
  await producer.flush()
  await link.wake(wakeUps, PAUSE_MS)
  await client.close()
}

/** Measures each record from when it was due to when it is in the consumer's hands. */
async function consumePaced(context: RoleContext<Task>): Promise<Consumed> {
  const { schedule, intervalMs, warmUpRecords, wakeUps } = context.data
  const startMs = new Float64Array(schedule)
  const link = new DoorbellLink(context.data.link, context)
  const wakeUpTimes = new LatencyHistogram()
  const times = new LatencyHistogram()
  const client = await connect()
  const consumer = new Consumer(client, {
    waitStrategy: context.parameters.wait as WaitStrategy,
  })
  await consumer.assign([{ topic: TOPIC, partition: 0 }])
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const consumeUntil = async (count: number, isTimed: boolean): Promise<void> => {
    while (checker.count < count) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const dueMs = startMs[0]! + (checker.count - warmUpRecords) * intervalMs
        checker.check(cursor.bytes, cursor.valueStart, cursor.valueLength)
        if (isTimed) times.record(context.nowMs() - dueMs)
      }
    }
  }
  await context.sync('assigned')
  await link.measureWakeUps(wakeUps, new LatencyHistogram()) // cold
  await link.measureWakeUps(wakeUps, wakeUpTimes)
  await consumeUntil(warmUpRecords, false)
  await context.sync(WARM)
  await consumeUntil(warmUpRecords + context.number('records'), true)
  const finishedAtMs = context.nowMs()
  await link.measureWakeUps(wakeUps, wakeUpTimes)
  await client.close()
  return {
    tally: checker.tally,
    finishedAtMs,
    endToEnd: times.summary(),
    wakeUp: wakeUpTimes.summary(),
  }
}

/**
 * Records at a steady rate, far below what the log takes: how long each is on its way. Corrected for
 * coordinated omission: a record that could not be written in time is measured from when it was due.
 */
export function pacedScenario(
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
  await broker.createTopic(TOPIC, { waitStrategy: stage.parameters.wait as WaitStrategy })
  const task: Task = {
    link: createDoorbellLink(),
    schedule: new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT),
    intervalMs,
    warmUpRecords,
    wakeUps: Math.min(records, WAKE_UPS),
  }
  const consuming = stage.start<Consumed>('consumer', task)
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
