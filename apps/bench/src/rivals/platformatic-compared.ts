import { StampChecker, assertTally, expectedTally } from '../metrics/stamped-value.ts'
import { arraysOfValues } from '../roles/arrays-of-values.ts'
import {
  LapClock,
  SENDS_IN_FLIGHT,
  WrittenLaps,
  type ComparedClient,
  type ComparedLap,
  type ComparedWork,
} from '../roles/compared-client.ts'
import { awaitedLaps } from '../roles/ringlog-compared.ts'

/** What Ringlog's consumer asks for as well. */
const FETCH_BYTES = 1024 * 1024
const HIGH_WATER_MARK = 16_384

/** @platformatic/kafka's producer: arrays of the size of a batch, five at a time, acks all. */
export async function platformaticProducing(work: ComparedWork): Promise<ComparedClient> {
  const { send, close } = await sender(work)
  const { lap } = new WrittenLaps(arraysOfValues(work, SENDS_IN_FLIGHT, send))
  return { lap, close }
}

/** @platformatic/kafka's producer: a record at a time, awaited, acks all. */
export async function platformaticSending(work: ComparedWork): Promise<ComparedClient> {
  const { send, close } = await sender(work)
  const lap = awaitedLaps(work.recordSizeBytes, async (value) => {
    const { offsets } = await send([value])
    return Number(offsets![0]!.offset)
  })
  return { lap, close }
}

/** @platformatic/kafka's stream, from the beginning of the topic. */
export async function platformaticConsuming(work: ComparedWork): Promise<ComparedClient> {
  const reader = await openReader(work)
  return {
    lap: (records) => reader.take(0, records, new LapClock()),
    close: reader.close,
  }
}

/** @platformatic/kafka's producer and stream in one thread. */
export async function platformaticEndToEnd(work: ComparedWork): Promise<ComparedClient> {
  const { send, close } = await sender(work)
  const write = arraysOfValues(work, SENDS_IN_FLIGHT, send)
  await write(0, 1) // its topic is there then
  const reader = await openReader(work)
  let written = 1
  return {
    async lap(records) {
      let writing: Promise<void> = Promise.resolve()
      const clock = new LapClock()
      const lap = await reader.take(written, records, clock, () => {
        clock.start()
        writing = write(written, written + records)
      })
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

async function sender({ bootstrapServer, topic }: ComparedWork) {
  const { ProduceAcks, Producer } = await import('@platformatic/kafka')
  const producer = new Producer({
    clientId: 'platformatic',
    bootstrapBrokers: [bootstrapServer],
    autocreateTopics: true,
  })
  const send = (values: readonly Buffer[]) =>
    producer.send({
      acks: ProduceAcks.ALL,
      messages: values.map((value) => ({ topic, partition: 0, value })),
    })
  return { send, close: () => producer.close() }
}

async function openReader({ bootstrapServer, topic, recordSizeBytes }: ComparedWork) {
  const { Consumer } = await import('@platformatic/kafka')
  const consumer = new Consumer({
    clientId: 'platformatic',
    groupId: 'platformatic',
    bootstrapBrokers: [bootstrapServer],
  })
  return {
    /** @param onOpen Called when the stream is there: one for each lap, since it cannot seek. */
    async take(
      from: number,
      records: number,
      clock: LapClock,
      onOpen?: () => void,
    ): Promise<ComparedLap> {
      const stream = await consumer.consume({
        topics: [topic],
        mode: 'manual',
        offsets: [{ topic, partition: 0, offset: BigInt(from) }],
        autocommit: false,
        maxBytes: FETCH_BYTES,
        highWaterMark: HIGH_WATER_MARK,
      })
      const checker = new StampChecker(recordSizeBytes, 1)
      const done = Promise.withResolvers<ComparedLap>()
      stream.on('error', done.reject)
      stream.on('data', ({ value }: { value: Buffer }) => {
        if (checker.count === records) return
        clock.start()
        checker.check(value, 0, value.length)
        if (checker.count === records) done.resolve(clock.lap)
      })
      onOpen?.()
      const lap = await done.promise
      assertTally([checker.tally], [expectedTally(from, records)])
      await stream.close()
      return lap
    },
    close: () => consumer.close(true),
  }
}
