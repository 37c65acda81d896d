import { Consumer, Producer, connect, type WaitStrategy } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { turn } from '../limits/doorbell-link.ts'
import { LatencyHistogram, type LatencyMicros } from '../metrics/latency-histogram.ts'
import { StampChecker, patternValue, stamp, type Tally } from '../metrics/stamped-value.ts'
import { WARM, producerConfigOf } from './producing.ts'

export const OPEN_LOOP_TOPIC = 'bench'

/** The points between the parts of a run: as fast as can be, then paced. */
export const MAXIMUM = 'maximum'
export const PLANNED = 'planned'

/** What is known only once the maximum is: written by the run's main thread, before `PLANNED`. */
export class Plan {
  readonly memory: SharedArrayBuffer
  readonly #floats: Float64Array

  constructor(memory = new SharedArrayBuffer(4 * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#floats = new Float64Array(memory)
  }

  /** Milliseconds from one paced record to the next. */
  get intervalMs(): number {
    return this.#floats[0]!
  }

  set intervalMs(intervalMs: number) {
    this.#floats[0] = intervalMs
  }

  /** How many are paced; the first of them warm up. */
  get pacedRecords(): number {
    return this.#floats[1]!
  }

  set pacedRecords(records: number) {
    this.#floats[1] = records
  }

  /** When the first paced record is due: written by the producer, before that record. */
  get startMs(): number {
    return this.#floats[2]!
  }

  set startMs(startMs: number) {
    this.#floats[2] = startMs
  }

  /** When the last record of the maximum was consumed: written by the consumer, before `MAXIMUM`. */
  get maximumReachedAtMs(): number {
    return this.#floats[3]!
  }

  set maximumReachedAtMs(atMs: number) {
    this.#floats[3] = atMs
  }
}

export interface OpenLoopTask {
  readonly plan: SharedArrayBuffer
  readonly lapRecords: number
  /** Of the maximum. */
  readonly records: number
}

export interface OpenLoopConsumed {
  readonly tally: Tally
  readonly finishedAtMs: number
  readonly latency: LatencyMicros
}

/** So much of the paced records, at the beginning, is not measured. */
const WARM_UP_SHARE = 0.2

/** Writes as fast as the log takes it; then each record when it is due, however late the one before was. */
export async function produceOpenLoop(context: RoleContext<OpenLoopTask>): Promise<void> {
  const { lapRecords, records } = context.data
  const plan = new Plan(context.data.plan)
  const client = await connect()
  const producer = new Producer(client, {
    waitStrategy: context.parameters.wait as WaitStrategy,
    ...producerConfigOf(context),
  })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  let sequence = 0
  const writeUntil = async (end: number): Promise<void> => {
    for (; sequence < end; sequence++) {
      stamp(value, sequence)
      if (!producer.write({ topic: OPEN_LOOP_TOPIC, value })) await producer.drained()
    }
  }
  const writeMore = async (count: number): Promise<void> => {
    await writeUntil(sequence + count)
    await producer.flush()
  }
  await context.sync('assigned')
  await context.warmUp(() => writeMore(lapRecords))
  await context.sync(WARM)
  await writeMore(records)
  await context.sync(MAXIMUM)
  await context.sync(PLANNED)
  const { pacedRecords, intervalMs } = plan
  const first = sequence
  const startMs = context.nowMs()
  plan.startMs = startMs
  for (let written = 0; written < pacedRecords; await turn()) {
    const due = Math.floor((context.nowMs() - startMs) / intervalMs) + 1
    written = Math.min(due, pacedRecords)
    await writeUntil(first + written)
  }
  await producer.flush()
  await client.close()
}

/**
 * Measures each paced record from when it was due to when the poll that brought it has returned: one
 * reading of the clock a poll, at rates at which one a record would be most of the work.
 */
export async function consumeOpenLoop(
  context: RoleContext<OpenLoopTask>,
): Promise<OpenLoopConsumed> {
  const { lapRecords, records } = context.data
  const plan = new Plan(context.data.plan)
  const times = new LatencyHistogram()
  const client = await connect()
  const consumer = new Consumer(client, {
    waitStrategy: context.parameters.wait as WaitStrategy,
    maxPollRecords: Infinity,
  })
  await consumer.assign([{ topic: OPEN_LOOP_TOPIC, partition: 0 }])
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const consumeMore = async (count: number): Promise<void> => {
    for (const end = checker.count + count; checker.count < end;) {
      checker.checkAll(consumer.cursor(await consumer.poll()))
    }
  }
  await context.sync('assigned')
  await context.warmUp(() => consumeMore(lapRecords))
  await context.sync(WARM)
  await consumeMore(records)
  plan.maximumReachedAtMs = context.nowMs()
  await context.sync(MAXIMUM)
  await context.sync(PLANNED)
  const first = checker.count
  const { pacedRecords, intervalMs } = plan
  const firstTimed = Math.ceil(pacedRecords * WARM_UP_SHARE)
  for (let seen = 0; seen < pacedRecords;) {
    const polled = await consumer.poll()
    const { startMs } = plan
    const atMs = context.nowMs()
    checker.checkAll(consumer.cursor(polled))
    for (const end = checker.count - first; seen < end; seen++) {
      if (seen >= firstTimed) times.record(atMs - startMs - seen * intervalMs)
    }
  }
  const finishedAtMs = context.nowMs()
  await client.close()
  return { tally: checker.tally, finishedAtMs, latency: times.summary() }
}
