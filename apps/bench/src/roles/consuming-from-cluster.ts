import { Consumer, Producer } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import { StampChecker, patternValue, stamp } from '../metrics/stamped-value.ts'

/** What a client of a cluster is measured with. */
export interface ClusterWork {
  readonly bootstrapServer: string
  readonly topic: string
  /** How many records are read, and in an end to end run sent first. */
  readonly records: number
  readonly recordSizeBytes: number
  readonly batchSizeBytes: number
}

/** How long it took, from the first record that came to the last. */
export interface Lap {
  readonly elapsedMs: number
  readonly cpuMicros: number
}

/** A client of a cluster that is measured again and again. */
export interface MeasuredClient {
  lap(): Promise<Lap>
  close(): Promise<void>
}

/** Times what is read, from the first record on. */
class LapClock {
  #startedMs = 0
  #cpu = process.cpuUsage()

  start(): void {
    if (this.#startedMs > 0) return
    this.#startedMs = performance.now()
    this.#cpu = process.cpuUsage()
  }

  get lap(): Lap {
    const { user, system } = process.cpuUsage(this.#cpu)
    return { elapsedMs: performance.now() - this.#startedMs, cpuMicros: user + system }
  }
}

/** Ringlog's consumer, walked by a cursor; `sends`: and its producer, in the same thread. */
export async function ringlogOn(work: ClusterWork, sends: boolean): Promise<MeasuredClient> {
  const { bootstrapServer, topic, records, recordSizeBytes, batchSizeBytes } = work
  const client = await connectCluster({ bootstrapServers: bootstrapServer })
  const producer = new Producer(client, { batchSizeBytes })
  const consumer = new Consumer(client, { maxPollRecords: Infinity })
  await consumer.assign([{ topic, partition: 0 }])
  const value = Buffer.from(patternValue(recordSizeBytes, 0))
  const record = { topic, value }
  const send = async (): Promise<void> => {
    for (let sequence = 0; sequence < records; sequence++) {
      stamp(value, sequence)
      if (!producer.write(record)) await producer.drained()
    }
    await producer.flush()
  }
  return {
    async lap() {
      const checker = new StampChecker(recordSizeBytes, 1)
      const clock = new LapClock()
      if (sends) await consumer.seekToEnd()
      else await consumer.seekToBeginning()
      if (sends) clock.start()
      const sent = sends ? send() : null
      while (checker.count < records) {
        const polled = await consumer.poll()
        clock.start()
        checker.checkAll(consumer.cursor(polled))
      }
      const { lap } = clock
      await sent
      return lap
    },
    close: () => client.close(),
  }
}

/** @platformatic/kafka's stream; `sends`: and its producer, in the same thread, a batch at a time. */
export async function platformaticOn(work: ClusterWork, sends: boolean): Promise<MeasuredClient> {
  const { bootstrapServer, topic, records, recordSizeBytes, batchSizeBytes } = work
  const {
    Consumer: RivalConsumer,
    Producer: RivalProducer,
    ProduceAcks,
  } = await import('@platformatic/kafka')
  const bootstrapBrokers = [bootstrapServer]
  const producer = new RivalProducer({ clientId: 'rival', bootstrapBrokers })
  const perSend = Math.floor(batchSizeBytes / (recordSizeBytes + 8))
  const send = async (): Promise<void> => {
    let sending: Array<Promise<unknown>> = []
    for (let sequence = 0; sequence < records;) {
      const messages: Array<{ topic: string; value: Buffer; partition: number }> = []
      for (; messages.length < perSend && sequence < records; sequence++) {
        const value = Buffer.from(patternValue(recordSizeBytes, 0))
        stamp(value, sequence)
        messages.push({ topic, value, partition: 0 })
      }
      sending.push(producer.send({ messages, acks: ProduceAcks.ALL }))
      if (sending.length === MAX_IN_FLIGHT) {
        await Promise.all(sending)
        sending = []
      }
    }
    await Promise.all(sending)
  }
  return {
    async lap() {
      const consumer = new RivalConsumer({
        clientId: 'rival',
        groupId: `rival-${process.pid}-${performance.now()}`,
        bootstrapBrokers,
      })
      const stream = await consumer.consume({
        topics: [topic],
        mode: sends ? 'latest' : 'earliest',
        autocommit: false,
        maxBytes: FETCH_BYTES,
        highWaterMark: HIGH_WATER_MARK,
      })
      const checker = new StampChecker(recordSizeBytes, 1)
      const clock = new LapClock()
      const done = Promise.withResolvers<Lap>()
      stream.on('error', done.reject)
      stream.on('data', ({ value }: { value: Buffer }) => {
        clock.start()
        checker.check(value, 0, value.length)
        if (checker.count === records) done.resolve(clock.lap)
      })
      if (sends) clock.start()
      const sent = sends ? send() : null
      const lap = await done.promise
      await sent
      await consumer.close(true)
      return lap
    },
    close: async () => {
      await producer.close()
    },
  }
}

const MAX_IN_FLIGHT = 5
/** What Ringlog's consumer asks for as well. */
const FETCH_BYTES = 1024 * 1024
const HIGH_WATER_MARK = 16_384
