import {
  LOG_ENGINE,
  RinglogError,
  systemClock,
  type LogClient,
  type TopicLookupOptions,
} from '@ringlog/core/internal'
import type { ProducerRecord, RecordMetadata } from '@ringlog/core'
import type { Writable } from 'node:stream'
import { Producer } from '../src/producer.ts'
import { FakeEngine } from './fake-engine.ts'
import { FakeAppender, FakeLog, isPassing } from './fake-log.ts'

export const PARTITIONS = 2
const TOPIC = 'orders'

/** What user code does when the producer calls it. */
export type Action =
  'nothing' | 'send' | 'write' | 'tryWrite' | 'flush' | 'close' | 'drained' | 'stream' | 'throw'

/** Where user code is called. */
export type Place = 'listener' | 'partitioner' | 'serde' | 'getter' | 'headers' | 'callback'

/** How deep calls from within calls go. */
const MAX_DEPTH = 3
/** Records that are sent by what is called for each record would never end. */
const MAX_ACTIONS = 60

/** An appender whose answers are taken in within `collect`, as those of a lane. */
class CollectingAppender extends FakeAppender {
  override collect(): void {
    this.answersAtOnce = true
    while (this.unanswered.some(({ outcome }) => outcome !== null)) this.answer(0)
    this.answersAtOnce = false
  }
}

interface Sent {
  readonly value: string
  settledTimes: number
  metadata: RecordMetadata | null
}

/**
 * A producer on logs of the test's own, and user code that does what a script says wherever it is
 * called, and keeps account of every record that was accepted.
 */
export class ReentrantRig {
  readonly logs = Array.from({ length: PARTITIONS }, () => new FakeLog())
  readonly appenders: CollectingAppender[][] = this.logs.map(() => [])
  readonly producer: Producer<string, string>
  readonly sent: Sent[] = []
  /** Values given to `write`, `tryWrite` and streams that were accepted, and not refused. */
  readonly silent: string[] = []
  /** All values, in the order in which the calls that accepted them returned. */
  readonly accepted: string[] = []
  /** Records that `onDeliveryError` was told of. */
  failedRecords = 0
  /** What was not as promised. */
  readonly faults: string[] = []
  readonly #actions: readonly Action[]
  #nextAction = 0
  #depth = 0
  #serial = 0
  #pendingWaits = 0
  readonly #lookups: Array<() => void> = []
  readonly #engine = new FakeEngine({
    clock: systemClock,
    isRetriable: isPassing,
    maxMessageBytes: 100_000,
    untilMorePartitions: (count, options) => this.#untilMorePartitions(count, options),
    openAppender: ({ partition }) => {
      const appender = new CollectingAppender(this.logs[partition]!, true)
      this.appenders[partition]!.push(appender)
      return appender
    },
  })

  constructor(actions: readonly Action[], places: ReadonlySet<Place>) {
    this.#actions = actions
    const act = (place: Place): void => {
      if (places.has(place)) this.#act(place)
    }
    this.act = act
    const client = { [LOG_ENGINE]: this.#engine } as unknown as LogClient
    this.producer = new Producer<string, string>(client, {
      batchSizeBytes: 256,
      bufferMemoryBytes: 1500,
      maxBlockMs: 40,
      requestTimeoutMs: 20,
      deliveryTimeoutMs: 60,
      retryBackoffMs: 3,
      partitioner: {
        partition: ({ value }) => {
          act('partitioner')
          return Number(String(value).split(' ')[1]) % PARTITIONS
        },
      },
      valueSerde: {
        serialize: (value) => {
          act('serde')
          return value
        },
        deserialize: String,
      },
      onDeliveryError: (_, { count }) => {
        this.failedRecords += count
        act('listener')
      },
    })
  }

  readonly act: (place: Place) => void

  /** Does one thing to the producer; nothing that it throws gets out. */
  do(action: Action): void {
    const { producer } = this
    if (action === 'send') this.#send()
    else if (action === 'write' || action === 'tryWrite') this.#write(action)
    else if (action === 'flush') this.#wait('flush')
    else if (action === 'close') this.#wait('close')
    else if (action === 'stream') this.#stream()
    else if (action === 'drained') producer.drained({ timeoutMs: 20 }).catch(() => undefined)
  }

  createTopic(): void {
    const { partitions } = this.#engine
    if (partitions.count > 0) return
    partitions.setCount(PARTITIONS)
    for (const resolve of this.#lookups.splice(0)) resolve()
  }

  /** From now on nothing goes wrong: until all is settled and the producer is closed. */
  async finish(): Promise<void> {
    this.createTopic()
    this.#wait('close')
    for (let round = 0; round < 1500 && this.#pendingWaits > 0; round++) {
      for (const appender of this.appenders.flat()) {
        for (let i = appender.requests.length; i > 0; i--) appender.arrive()
        while (appender.unanswered.some(({ outcome }) => outcome !== null)) appender.answer(0)
      }
      await pause(1)
    }
    if (this.#pendingWaits > 0) this.faults.push(`${this.#pendingWaits} waits did not settle`)
  }

  #act(place: Place): void {
    if (this.#depth >= MAX_DEPTH || this.#nextAction >= MAX_ACTIONS) return
    const action = this.#actions[this.#nextAction++ % this.#actions.length]!
    this.#depth++
    try {
      if (action !== 'throw') this.do(action)
      else if (place !== 'listener' && place !== 'callback') throw new Error('of the user')
    } finally {
      this.#depth--
    }
  }

  #record(): ProducerRecord<string, string> {
    const serial = this.#serial++
    const { act } = this
    const value = `record ${serial} `.padEnd(serial % 3 === 0 ? 200 : 60, '.')
    return {
      topic: TOPIC,
      get key() {
        act('getter')
        return 'k'
      },
      value,
      headers: (function* () {
        act('headers')
        yield ['name', 'value'] as const
      })(),
      ...(serial % 4 === 0 ? { partition: serial % 20 === 0 ? 7 : serial % PARTITIONS } : {}),
    }
  }

  #send(): void {
    const record = this.#record()
    const sent: Sent = { value: record.value, settledTimes: 0, metadata: null }
    this.sent.push(sent)
    const promise = this.producer.send(record)
    this.accepted.push(record.value)
    promise.then(
      (metadata) => {
        sent.settledTimes++
        sent.metadata = metadata
      },
      () => sent.settledTimes++,
    )
  }

  #write(method: 'write' | 'tryWrite'): void {
    const record = this.#record()
    try {
      const isTaken = this.producer[method](record) || method === 'write'
      if (!isTaken) return
    } catch {
      return
    }
    this.accepted.push(record.value)
    this.silent.push(record.value)
  }

  #stream(): void {
    let stream: Writable
    try {
      stream = this.producer.toWritable()
    } catch {
      return
    }
    stream.on('error', () => undefined)
    const record = this.#record()
    stream.write(record, (error) => {
      if (!error) this.silent.push(record.value)
      this.act('callback')
    })
    if (this.#serial % 2 === 0) stream.end(() => this.act('callback'))
  }

  /** What was accepted before `flush` or `close` was called is settled when that settles. */
  #wait(method: 'flush' | 'close'): void {
    const accepted = new Set(this.accepted)
    const sent = this.sent.filter(({ value }) => accepted.has(value))
    const silent = [...this.silent]
    this.#pendingWaits++
    const check = (error?: unknown): void => {
      this.#pendingWaits--
      // A producer that is closed refuses to flush.
      if (method === 'flush' && RinglogError.is(error, 'PRODUCER_CLOSED')) return
      const open = sent.find(({ settledTimes }) => settledTimes === 0)
      if (open !== undefined) this.faults.push(`${method} settled before ${open.value}`)
      const missing = silent.filter((value) => !this.#isInLog(value)).length
      if (missing > this.failedRecords)
        this.faults.push(`${method} settled before ${missing} records`)
    }
    this.producer[method]().then(() => check(), check)
  }

  #isInLog(value: string): boolean {
    return this.logs.some(({ values }) => values.includes(value))
  }

  /** Answers once the topic is there; a partition that it has not got never comes. */
  #untilMorePartitions(count: number, { signal }: TopicLookupOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new RinglogError('UNKNOWN_TOPIC_OR_PARTITION', 'late'))
      if (this.#engine.partitions.count > count) return resolve()
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
      if (count === 0) this.#lookups.push(resolve)
      setTimeout(late, 40)
    })
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
