import { setTimeout as sleep } from 'node:timers/promises'
import { Broker, Consumer, Producer, connect } from 'ringlog'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
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

const PARTITION = { topic: 'bench', partition: 0 }
const IDLE_CALLS = 200
const PAUSE_MS = 1
/** How often the consumer looks whether all is through. */
const LOOK_MS = 50

/** Two int32: whether the producer is to stop; how many records it has sent, once it has stopped. */
const IS_OVER = 0
const TOTAL = 1
const NOT_YET = -1

interface Task {
  readonly words: SharedArrayBuffer
}

interface Answers {
  readonly idle: LatencyMicros
  readonly saturated: LatencyMicros
}

async function produce(context: RoleContext<Task>): Promise<void> {
  const words = new Int32Array(context.data.words)
  const client = await connect()
  const producer = new Producer(client, { transport: 'shared' })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  await context.sync(WARM)
  let sequence = 0
  while (Atomics.load(words, IS_OVER) === 0) {
    stamp(value, sequence++)
    if (!producer.write({ ...PARTITION, value })) await producer.drained()
  }
  Atomics.store(words, TOTAL, sequence)
  await producer.flush()
  await client.close()
}

async function consume(context: RoleContext<Task>): Promise<Tally> {
  const words = new Int32Array(context.data.words)
  const client = await connect()
  const consumer = new Consumer(client, { maxPollRecords: Infinity })
  await consumer.assign([PARTITION])
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  await context.sync(WARM)
  while (checker.count !== Atomics.load(words, TOTAL)) {
    const cursor = consumer.cursor(await consumer.poll({ timeoutMs: LOOK_MS }))
    while (cursor.next()) checker.check(cursor.bytes, cursor.valueStart, cursor.valueLength)
  }
  await client.close()
  return checker.tally
}

/** Asks what the partition worker alone can answer, and what changes nothing; again and again. */
async function ask(context: RoleContext<Task>): Promise<Answers> {
  const words = new Int32Array(context.data.words)
  const client = await connect()
  const askOnce = async (times: LatencyHistogram): Promise<void> => {
    const askedAtMs = context.nowMs()
    await client.deleteRecords(PARTITION, 0)
    times.record(context.nowMs() - askedAtMs)
    await sleep(PAUSE_MS)
  }
  const idle = new LatencyHistogram()
  for (let call = 0; call < IDLE_CALLS; call++) await askOnce(new LatencyHistogram()) // cold
  for (let call = 0; call < IDLE_CALLS; call++) await askOnce(idle)
  await context.sync(WARM)
  const endMs = context.nowMs() + context.number('durationMs')
  const saturated = new LatencyHistogram()
  while (context.nowMs() < endMs) await askOnce(saturated)
  Atomics.store(words, IS_OVER, 1)
  await client.close()
  return { idle: idle.summary(), saturated: saturated.summary() }
}

/** A partition worker drains a lane as fast as it can: how soon it answers a call all the same. */
export default defineScenario({
  name: 'answer-while-saturated',
  description: 'a call to a partition worker (by the controller) while its lane is always full',
  isDefault: false,
  parameters: { durationMs: 5_000, recordSizeBytes: 100 },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: { producer: produce, consumer: consume, caller: ask },
  run: async (stage) => {
    const words = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
    new Int32Array(words)[TOTAL] = NOT_YET
    const broker = await Broker.start()
    await broker.createTopic(PARTITION.topic)
    const task: Task = { words }
    const consuming = stage.start<Tally>('consumer', task)
    const asking = stage.start<Answers>('caller', task)
    const producing = stage.start<void>('producer', task)
    const startedAtMs = await stage.sync(WARM)
    const { idle, saturated } = await asking.result
    await producing.result
    const tally = await consuming.result
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    await broker.close()
    assertTally([tally], [expectedTally(0, new Int32Array(words)[TOTAL]!)])
    return {
      records: tally.count,
      elapsedMs,
      cpuMicros,
      latency: saturated,
      figures: { idleAnswerP50Micros: idle.p50, idleAnswerP99Micros: idle.p99 },
    }
  },
})
