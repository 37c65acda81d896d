import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, Producer, connect } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { LatencyHistogram, type LatencyMicros } from '../metrics/latency-histogram.ts'
import { StampChecker, patternValue, stamp, type Tally } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

export const SATURATED_PARTITION = { topic: 'bench', partition: 0 }
const IDLE_CALLS = 200
const PAUSE_MS = 1
/** How often the consumer looks whether all is through. */
const LOOK_MS = 50

/** Two int32: whether the producer is to stop; how many records it has sent, once it has stopped. */
const IS_OVER = 0
export const TOTAL = 1
export const NOT_YET = -1

export interface SaturatedTask {
  readonly words: SharedArrayBuffer
}

export interface Answers {
  readonly idle: LatencyMicros
  readonly saturated: LatencyMicros
}

export async function produceUntilOver(context: RoleContext<SaturatedTask>): Promise<void> {
  const words = new Int32Array(context.data.words)
  const client = await connect()
  const producer = new Producer(client, { transport: 'shared' })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  await context.sync(WARM)
  let sequence = 0
  while (Atomics.load(words, IS_OVER) === 0) {
    stamp(value, sequence++)
    if (!producer.write({ ...SATURATED_PARTITION, value })) await producer.drained()
  }
  Atomics.store(words, TOTAL, sequence)
  await producer.flush()
  await client.close()
}

export async function consumeUntilOver(context: RoleContext<SaturatedTask>): Promise<Tally> {
  const words = new Int32Array(context.data.words)
  const client = await connect()
  const consumer = new Consumer(client, { maxPollRecords: Infinity })
  await consumer.assign([SATURATED_PARTITION])
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  await context.sync(WARM)
  while (checker.count !== Atomics.load(words, TOTAL)) {
    checker.checkAll(consumer.cursor(await consumer.poll({ timeoutMs: LOOK_MS })))
  }
  await client.close()
  return checker.tally
}

/** Asks what the partition worker alone can answer, and what changes nothing; again and again. */
export async function ask(context: RoleContext<SaturatedTask>): Promise<Answers> {
  const words = new Int32Array(context.data.words)
  const client = await connect()
  const askOnce = async (times: LatencyHistogram): Promise<void> => {
    const askedAtMs = context.nowMs()
    await client.deleteRecords(SATURATED_PARTITION, 0)
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
