import { Broker, Consumer, Producer, type ConsumerRecords, type LogClient } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import { LatencyHistogram } from '../metrics/latency-histogram.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
} from '../metrics/stamped-value.ts'
import { LapClock, WrittenLaps, type ComparedClient, type ComparedWork } from './compared-client.ts'

/** Where Ringlog's clients work: on a Kafka cluster, or on a broker in the process. The rest is the same program. */
type OpenLog = (work: ComparedWork) => Promise<LogClient>

const onCluster: OpenLog = async ({ bootstrapServer, topic, storedRecords }) => {
  const client = await connectCluster({ bootstrapServers: bootstrapServer })
  if (storedRecords === 0) await client.createTopic(topic)
  return client
}

/** Most of a record in a batch that is not its value. */
const RECORD_OVERHEAD_BYTES = 28
const MIN_RING_BYTES = 16 * 1024 * 1024

/** @param whenFull `evict`: nobody reads. Where somebody does, a ring that evicts would lose what they have not read. */
function inProcess(whenFull: 'block' | 'evict'): OpenLog {
  return async (work) => {
    const { topic, storedRecords, recordSizeBytes } = work
    const broker = await Broker.start()
    const storedBytes = storedRecords * (recordSizeBytes + RECORD_OVERHEAD_BYTES)
    const ringBytes = 2 ** Math.ceil(Math.log2(Math.max(storedBytes, MIN_RING_BYTES)))
    await broker.createTopic(topic, { ringBytes, whenFull })
    await storeRecords(broker, work)
    return broker
  }
}

/** Fills a topic with what is read in every lap. */
export async function storeRecords(client: LogClient, work: ComparedWork): Promise<void> {
  const producer = new Producer(client, { batchSizeBytes: work.batchSizeBytes })
  await writer(producer, work)(0, work.storedRecords)
  await producer.close()
}

/** Writes the sequences from `first` on, up to `end`; resolves when all are acknowledged. */
function writer(
  producer: Producer,
  { topic, recordSizeBytes }: ComparedWork,
): (first: number, end: number) => Promise<void> {
  // Whatever is in it is copied before `write` returns, so it can be used again.
  const value = Buffer.from(patternValue(recordSizeBytes, 0))
  const record = { topic, value }
  const setSequence = stamp // an import is looked up through its module for every record
  return async (first, end) => {
    for (let sequence = first; sequence < end; sequence++) {
      setSequence(value, sequence)
      if (!producer.write(record)) await producer.drained()
    }
    await producer.flush()
  }
}

/** Ringlog's producer: `write` and `drained`, idempotent, acks all; what it wrote is counted at the end. */
export const ringlogProducing = {
  onCluster: producing(onCluster),
  inProcess: producing(inProcess('evict')),
}

function producing(open: OpenLog) {
  return async (work: ComparedWork): Promise<ComparedClient> => {
    const client = await open(work)
    const producer = new Producer(client, { batchSizeBytes: work.batchSizeBytes })
    const laps = new WrittenLaps(writer(producer, work))
    return {
      lap: laps.lap,
      async close() {
        const [log] = await client.offsets(work.topic)
        const { written } = laps
        if (log!.endOffset !== written) {
          throw new Error(`the log ends at ${log!.endOffset}, sent ${written}`)
        }
        await client.close()
      },
    }
  }
}

/** What takes a poll in: it checks every record. */
type TakeIn = (polled: ConsumerRecords, checker: StampChecker, consumer: Consumer) => void

const byCursor: TakeIn = (polled, checker, consumer) => checker.checkAll(consumer.cursor(polled))

const byRecords: TakeIn = (polled, checker) => {
  for (const { value } of polled) checker.check(value!, 0, value!.length)
}

/** Ringlog's consumer, from the beginning of the topic, by a cursor or record by record. */
export const ringlogConsuming = {
  byCursor: consuming(onCluster, byCursor),
  byRecords: consuming(onCluster, byRecords),
  inProcess: consuming(inProcess('block'), byCursor),
}

function consuming(open: OpenLog, takeIn: TakeIn) {
  return async (work: ComparedWork): Promise<ComparedClient> => {
    const client = await open(work)
    const consumer = new Consumer(client, { maxPollRecords: Infinity })
    await consumer.assign([{ topic: work.topic, partition: 0 }])
    return {
      async lap(records) {
        const checker = new StampChecker(work.recordSizeBytes, 1)
        const clock = new LapClock()
        await consumer.seekToBeginning()
        while (checker.count < records) {
          const polled = await consumer.poll()
          clock.start()
          takeIn(polled, checker, consumer)
        }
        const { lap } = clock
        assertTally([checker.tally], [expectedTally(0, checker.count)])
        return lap
      },
      close: () => client.close(),
    }
  }
}

/** Ringlog's producer and consumer in one thread, read by a cursor. */
export const ringlogEndToEnd = {
  onCluster: endToEnd(onCluster),
  inProcess: endToEnd(inProcess('block')),
}

function endToEnd(open: OpenLog) {
  return async (work: ComparedWork): Promise<ComparedClient> => {
    const client = await open(work)
    const producer = new Producer(client, { batchSizeBytes: work.batchSizeBytes })
    const write = writer(producer, work)
    const consumer = new Consumer(client, { maxPollRecords: Infinity })
    await consumer.assign([{ topic: work.topic, partition: 0 }])
    const checker = new StampChecker(work.recordSizeBytes, 1)
    let written = 0
    return {
      async lap(records) {
        const clock = new LapClock()
        const before = checker.tally
        clock.start()
        const writing = write(written, written + records)
        for (const end = written + records; checker.count < end;) {
          byCursor(await consumer.poll(), checker, consumer)
        }
        await writing
        const { lap } = clock
        assertTally([checker.tallySince(before)], [expectedTally(written, records)])
        written += records
        return lap
      },
      close: () => client.close(),
    }
  }
}

/** Ringlog's `send`, each awaited before the next. */
export const ringlogSending = {
  onCluster: sending(onCluster),
  inProcess: sending(inProcess('evict')),
}

function sending(open: OpenLog) {
  return async (work: ComparedWork): Promise<ComparedClient> => {
    const client = await open(work)
    const { topic, recordSizeBytes } = work
    const producer = new Producer(client)
    const send = async (value: Buffer): Promise<number> =>
      (await producer.send({ topic, value })).offset
    const lap = awaitedLaps(recordSizeBytes, send)
    return { lap, close: () => client.close() }
  }
}

/** Sends one record after the other, each awaited; every offset must be the next. */
export function awaitedLaps(
  recordSizeBytes: number,
  send: (value: Buffer) => Promise<number>,
): ComparedClient['lap'] {
  const value = Buffer.from(patternValue(recordSizeBytes, 0))
  let sequence = 0
  return async (records) => {
    const latency = new LatencyHistogram()
    const clock = new LapClock()
    clock.start()
    for (const end = sequence + records; sequence < end; sequence++) {
      stamp(value, sequence)
      const calledMs = performance.now()
      const offset = await send(value)
      latency.record(performance.now() - calledMs)
      if (offset !== sequence) throw new Error(`record ${sequence} got offset ${offset}`)
    }
    return { ...clock.lap, latency: latency.summary() }
  }
}
