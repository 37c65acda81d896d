import { StampChecker, assertTally, expectedTally } from '../metrics/stamped-value.ts'
import { arraysOfValues } from '../roles/arrays-of-values.ts'
import {
  LapClock,
  WrittenLaps,
  type ComparedClient,
  type ComparedLap,
  type ComparedWork,
} from '../roles/compared-client.ts'
import { awaitedLaps } from '../roles/ringlog-compared.ts'

const ALL = -1
/** Of several on their way it keeps no order. */
const SENDS_IN_ORDER = 1
/** What Ringlog's consumer asks for as well. */
const FETCH_BYTES = 1024 * 1024

/** KafkaJS's producer: arrays of the size of a batch, one at a time, for the order; acks all. */
export async function kafkajsProducing(work: ComparedWork): Promise<ComparedClient> {
  const { send, close } = await sender(work)
  const { lap } = new WrittenLaps(arraysOfValues(work, SENDS_IN_ORDER, send))
  return { lap, close }
}

/** KafkaJS's producer: a record at a time, awaited, acks all. */
export async function kafkajsSending(work: ComparedWork): Promise<ComparedClient> {
  const { send, close } = await sender(work)
  const lap = awaitedLaps(work.recordSizeBytes, async (value) => {
    const [sent] = await send([value])
    return Number(sent!.baseOffset)
  })
  return { lap, close }
}

/** KafkaJS's consumer by `eachBatch`, from the beginning of the topic. */
export async function kafkajsConsuming(work: ComparedWork): Promise<ComparedClient> {
  const reader = await openReader(work)
  return {
    async lap(records) {
      reader.seek(0)
      return reader.take(0, records, new LapClock())
    },
    close: reader.close,
  }
}

/** KafkaJS's producer and consumer in one thread. */
export async function kafkajsEndToEnd(work: ComparedWork): Promise<ComparedClient> {
  const { send, close } = await sender(work)
  const write = arraysOfValues(work, SENDS_IN_ORDER, send)
  await write(0, 1) // its topic is there then
  const reader = await openReader(work)
  await reader.take(0, 1, new LapClock())
  let written = 1
  return {
    async lap(records) {
      const clock = new LapClock()
      clock.start()
      const writing = write(written, written + records)
      const lap = await reader.take(written, records, clock)
      await writing
      written += records
      return lap
    },
    async close() {
      await reader.close()
      await close()
    },
  }
}

async function kafkaOf({ bootstrapServer }: ComparedWork) {
  const { Kafka, logLevel } = await import('kafkajs')
  return new Kafka({ clientId: 'kafkajs', brokers: [bootstrapServer], logLevel: logLevel.NOTHING })
}

async function sender(work: ComparedWork) {
  const { Partitioners } = await import('kafkajs')
  const kafka = await kafkaOf(work)
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const { topic } = work
  const send = (values: readonly Buffer[]) =>
    producer.send({ topic, acks: ALL, messages: values.map((value) => ({ value, partition: 0 })) })
  return { send, close: () => producer.disconnect() }
}

/** What is being taken: the lap's checker, and who waits for its end. */
interface Taking {
  readonly checker: StampChecker
  readonly records: number
  readonly clock: LapClock
  readonly done: PromiseWithResolvers<ComparedLap>
}

async function openReader(work: ComparedWork) {
  const { topic, recordSizeBytes } = work
  const kafka = await kafkaOf(work)
  const consumer = kafka.consumer({
    groupId: 'kafkajs',
    maxBytesPerPartition: FETCH_BYTES,
    maxWaitTimeInMs: 500,
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let taking: Taking | null = null
  /** What a lap goes on with: another offset was on its way from where it was read before. */
  let next = 0
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch: { messages } }) => {
      for (const { value, offset } of messages) {
        if (taking === null) break
        if (Number(offset) !== next) continue
        const { checker, records, clock, done } = taking
        clock.start()
        checker.check(value!, 0, value!.length)
        next++
        if (checker.count < records) continue
        done.resolve(clock.lap)
        taking = null
      }
      return Promise.resolve()
    },
  })
  return {
    seek: (offset: number) => consumer.seek({ topic, partition: 0, offset: String(offset) }),
    async take(from: number, records: number, clock: LapClock): Promise<ComparedLap> {
      const checker = new StampChecker(recordSizeBytes, 1)
      const done = Promise.withResolvers<ComparedLap>()
      next = from
      taking = { checker, records, clock, done }
      const lap = await done.promise
      assertTally([checker.tally], [expectedTally(from, records)])
      return lap
    },
    close: () => consumer.disconnect(),
  }
}
