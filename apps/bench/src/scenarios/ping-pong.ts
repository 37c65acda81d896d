import { Broker, Consumer, Producer, connect, type LogClient, type WaitStrategy } from 'ringlog'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import {
  DoorbellLink,
  createDoorbellLink,
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

const PING = 'ping'
const PONG = 'pong'
const WARM_UP_SHARE = 0.2

interface Task {
  readonly link: DoorbellLinkMemory
  /** Round trips before the clock starts; and of the bare doorbells, before and after all records. */
  readonly warmUpRecords: number
  readonly bareRounds: number
}

interface Called {
  readonly tally: Tally
  readonly finishedAtMs: number
  readonly roundTrip: LatencyMicros
  readonly bareRoundTrip: LatencyMicros
}

interface Clients {
  readonly client: LogClient
  readonly producer: Producer
  readonly consumer: Consumer
}

async function clientsFor(context: RoleContext, topic: string): Promise<Clients> {
  const client = await connect()
  const config = { waitStrategy: context.parameters.wait as WaitStrategy }
  const consumer = new Consumer(client, config)
  await consumer.assign([{ topic, partition: 0 }])
  return { client, consumer, producer: new Producer(client, config) }
}

/** Sends a record, and waits for it to be acknowledged and answered before it sends the next. */
async function call(context: RoleContext<Task>): Promise<Called> {
  const { warmUpRecords, bareRounds } = context.data
  const link = new DoorbellLink(context.data.link, context)
  const bareTimes = new LatencyHistogram()
  const times = new LatencyHistogram()
  const { client, producer, consumer } = await clientsFor(context, PONG)
  const sizeBytes = context.number('recordSizeBytes')
  const value = patternValue(sizeBytes, 0)
  const checker = new StampChecker(sizeBytes, 1)
  const callOnce = async (sequence: number): Promise<void> => {
    stamp(value, sequence)
    const [, records] = await Promise.all([producer.send({ topic: PING, value }), consumer.poll()])
    const cursor = consumer.cursor(records)
    while (cursor.next()) checker.check(cursor.bytes, cursor.valueStart, cursor.valueLength)
    if (checker.count !== sequence + 1) throw new Error(`record ${sequence} was not answered once`)
  }
  await context.sync('assigned')
  await link.call(bareRounds, new LatencyHistogram()) // cold
  await link.call(bareRounds, bareTimes)
  for (let sequence = 0; sequence < warmUpRecords; sequence++) await callOnce(sequence)
  await context.sync(WARM)
  const end = warmUpRecords + context.number('records')
  for (let sequence = warmUpRecords; sequence < end; sequence++) {
    const calledAtMs = context.nowMs()
    await callOnce(sequence)
    times.record(context.nowMs() - calledAtMs)
  }
  const finishedAtMs = context.nowMs()
  await link.call(bareRounds, bareTimes)
  await client.close()
  return {
    tally: checker.tally,
    finishedAtMs,
    roundTrip: times.summary(),
    bareRoundTrip: bareTimes.summary(),
  }
}

/** Answers each record with the same bytes on the other topic. */
async function answer(context: RoleContext<Task>): Promise<Tally> {
  const { warmUpRecords, bareRounds } = context.data
  const link = new DoorbellLink(context.data.link, context)
  const { client, producer, consumer } = await clientsFor(context, PING)
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const answerUntil = async (count: number): Promise<void> => {
    while (checker.count < count) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const { bytes, valueStart, valueLength } = cursor
        checker.check(bytes, valueStart, valueLength)
        producer.write({ topic: PONG, value: bytes.subarray(valueStart, valueStart + valueLength) })
      }
    }
  }
  await context.sync('assigned')
  await link.answer(2 * bareRounds)
  await answerUntil(warmUpRecords)
  await context.sync(WARM)
  await answerUntil(warmUpRecords + context.number('records'))
  await link.answer(bareRounds)
  await producer.flush()
  await client.close()
  return checker.tally
}

/**
 * ```text
 *  caller ──lane─▶ partition worker ──ring──▶ answerer
 *         ◀─ring── partition worker ◀──lane──
 * ```
 * Four threads to wake for a round trip, where bare doorbells have two.
 */
export default defineScenario({
  name: 'ping-pong',
  description:
    'send, answered by a consumer on another topic, one record at a time; beside bare doorbells',
  isDefault: false,
  parameters: { records: 20_000, recordSizeBytes: 100, wait: 'park' },
  fixed: { producers: 1, partitions: 1, consumers: 1, lingerMs: 0 },
  roles: { caller: call, answerer: answer },
  run: async (stage) => {
    const records = stage.number('records')
    const warmUpRecords = Math.ceil(records * WARM_UP_SHARE)
    const broker = await Broker.start()
    const waitStrategy = stage.parameters.wait as WaitStrategy
    for (const topic of [PING, PONG]) await broker.createTopic(topic, { waitStrategy })
    const link = createDoorbellLink()
    const task: Task = { link, warmUpRecords, bareRounds: Math.ceil(records / 2) }
    const answering = stage.start<Tally>('answerer', task)
    const calling = stage.start<Called>('caller', task)
    await stage.sync('assigned')
    const startedAtMs = await stage.sync(WARM)
    const { tally, finishedAtMs, roundTrip, bareRoundTrip } = await calling.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    const sent = expectedTally(0, warmUpRecords + records)
    assertTally([tally], [sent])
    assertTally([await answering.result], [sent])
    await broker.close()
    return {
      records,
      elapsedMs: finishedAtMs - startedAtMs,
      cpuMicros,
      latency: roundTrip,
      figures: {
        doorbellRoundTripP50Micros: bareRoundTrip.p50,
        doorbellRoundTripP99Micros: bareRoundTrip.p99,
      },
      ratios: {
        'ping-pong p50 / (2 × doorbell round trip p50)': roundTrip.p50 / (2 * bareRoundTrip.p50),
      },
    }
  },
})
