import { RinglogError, type RecordMetadata, type RinglogErrorCode } from '@ringlog/core'
import { resolveProducerConfig, type ProducerConfig } from '../src/config.ts'
import { RecordAccumulator } from '../src/record-accumulator.ts'
import { FakeClock, runPromises } from './fake-clock.ts'
import { FakeEngine } from './fake-engine.ts'
import { FakeAppender, FakeLog, isPassing } from './fake-log.ts'

export const TOPIC = 'orders'

/** What became of a record that was sent. */
export interface SentRecord {
  readonly value: string
  readonly partition: number
  /** How often its promise was settled. */
  settledTimes: number
  metadata: RecordMetadata | null
  error: RinglogError | null
}

export interface RigOptions {
  partitions?: number
  keepsMemory?: boolean
  maxMessageBytes?: number
  /** Batches that an appender takes at a time, whatever the producer's configuration says. */
  laneInFlight?: number
  /** Of the first producer id; later ones start at 0. */
  firstEpoch?: number
}

/** A producer's accumulator and senders, on a clock, a broker and logs of the test's own. */
export class SenderRig {
  readonly clock = new FakeClock()
  readonly logs: FakeLog[]
  readonly sent: SentRecord[] = []
  readonly failures: Array<{ code: RinglogErrorCode; partition: number; count: number }> = []
  readonly records: RecordAccumulator
  readonly engine: FakeEngine
  /** By partition: the appenders that were opened, the last one is in use. */
  readonly appenders: FakeAppender[][]
  /** What the next attempts to open an appender fail with. */
  readonly openFailures: RinglogErrorCode[] = []
  /** The same of attempts to get a producer id. */
  readonly identityFailures: RinglogErrorCode[] = []
  identities = 0
  readonly #keepsMemory: boolean

  constructor(config: ProducerConfig, options: RigOptions = {}) {
    const { partitions = 1, keepsMemory = false, maxMessageBytes = 1_048_588 } = options
    const { firstEpoch = 0, laneInFlight = null } = options
    this.#keepsMemory = keepsMemory
    this.logs = Array.from({ length: partitions }, () => new FakeLog())
    this.appenders = Array.from({ length: partitions }, () => [])
    this.engine = new FakeEngine({
      clock: this.clock,
      isRetriable: isPassing,
      maxMessageBytes,
      producerIdentity: () => {
        const failure = this.identityFailures.shift()
        if (failure !== undefined) throw new RinglogError(failure)
        const producerEpoch = this.identities === 0 ? firstEpoch : 0
        return { producerId: this.identities++, producerEpoch }
      },
      openAppender: ({ partition }) => {
        const failure = this.openFailures.shift()
        if (failure !== undefined) throw new RinglogError(failure)
        const appender = new FakeAppender(this.logs[partition]!, this.#keepsMemory, laneInFlight)
        this.appenders[partition]!.push(appender)
        return appender
      },
    })
    this.engine.partitions.setCount(partitions)
    const resolved = resolveProducerConfig({
      onDeliveryError: ({ code }, { partition, count }) =>
        this.failures.push({ code, partition, count }),
      ...config,
    })
    this.records = new RecordAccumulator(this.engine, resolved, 'test')
  }

  /** The appender in use. */
  appender(partition = 0): FakeAppender | undefined {
    return this.appenders[partition]!.at(-1)
  }

  /** Gives a record to the producer; what becomes of it is in `sent`. */
  send(partition = 0, padBytes = 0): SentRecord {
    const value = `${this.sent.length}`.padEnd(padBytes, '.')
    const record: SentRecord = { value, partition, settledTimes: 0, metadata: null, error: null }
    this.sent.push(record)
    const onDelivered = (metadata: RecordMetadata): void => {
      record.settledTimes++
      record.metadata = metadata
    }
    const onFailed = (error: unknown): void => {
      record.settledTimes++
      record.error = error as RinglogError
    }
    const timestampMs = this.records.timeOf(null)
    const taken = { topic: TOPIC, key: null, value, partition, timestampMs, headers: [] }
    this.records.topic(TOPIC).send(taken).then(onDelivered, onFailed)
    return record
  }

  /** Lets everything happen that needs no time, turn after turn. */
  async turn(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      this.clock.endTurn()
      await runPromises()
    }
  }

  /** Lets all that only waits for promises happen. */
  async turnPromises(): Promise<void> {
    await runPromises()
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms)
  }

  /** From now on nothing goes wrong: until everything is settled. */
  async finish(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      await this.turn()
      for (const appender of this.appenders.flat()) {
        for (let i = appender.requests.length; i > 0; i--) appender.arrive()
        while (appender.unanswered.length > 0) appender.answer(0)
      }
      await this.advance(500)
      const { bufferTotalBytes, bufferAvailableBytes } = this.records.metrics()
      const isSettled = this.sent.every(({ settledTimes }) => settledTimes > 0)
      if (isSettled && bufferAvailableBytes === bufferTotalBytes) return
    }
    throw new Error('not everything was settled')
  }
}

/** A rig on which every record of 400 bytes is a batch, and the first is in the log. */
export async function startedRig(
  config: ProducerConfig = {},
  options: RigOptions = {},
): Promise<SenderRig> {
  const rig = new SenderRig({ batchSizeBytes: 512, ...config }, options)
  rig.send(0, 400)
  await rig.turn()
  rig.appender()!.arrive()
  rig.appender()!.answer(0)
  await rig.turn()
  if (rig.sent[0]!.metadata?.offset !== 0) throw new Error('the first record is not in the log')
  return rig
}

/** Sends so many records, each in a batch of its own, all handed over. */
export async function sendBatches(rig: SenderRig, count: number): Promise<void> {
  for (let i = 0; i < count; i++) rig.send(0, 400)
  await rig.turn()
}
