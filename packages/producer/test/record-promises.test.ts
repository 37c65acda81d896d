import { LOG_ENGINE, type LogClient } from '@ringlog/core/internal'
import type { ProducerRecord, RecordMetadata } from '@ringlog/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProducerConfig } from '../src/config.ts'
import { Producer } from '../src/producer.ts'
import { FakeClock, runPromises } from './fake-clock.ts'
import { FakeEngine } from './fake-engine.ts'
import { FakeAppender, FakeLog, isPassing } from './fake-log.ts'

const TOPIC = 'orders'
const DATE_MS = 1_700_000_000_000

/** A producer on one partition, whose batches arrive, and are answered, when a test says so. */
class Rig {
  readonly clock = new FakeClock()
  readonly log = new FakeLog()
  readonly appender = new FakeAppender(this.log, true, 16)
  readonly producer: Producer
  /** What of the records was settled, in the order in which it was. */
  readonly settled: string[] = []
  readonly metadata = new Map<string, RecordMetadata>()
  readonly errors = new Map<string, unknown>()

  constructor(config: ProducerConfig = {}) {
    const engine = new FakeEngine({
      clock: this.clock,
      isRetriable: isPassing,
      openAppender: () => this.appender,
    })
    engine.partitions.setCount(1)
    const client = { [LOG_ENGINE]: engine } as unknown as LogClient
    this.producer = new Producer(client, { batchSizeBytes: 512, retryBackoffMs: 1, ...config })
  }

  /** Sends a record; `then` is called when its promise is settled. */
  send(value: string, fields: Partial<ProducerRecord> = {}, then?: () => void): void {
    this.producer.send({ topic: TOPIC, value, ...fields }).then(
      (metadata) => {
        this.settled.push(value)
        this.metadata.set(value, metadata)
        then?.()
      },
      (error: unknown) => {
        this.settled.push(value)
        this.errors.set(value, error)
        then?.()
      },
    )
  }

  /** Lets everything happen that needs no time, turn after turn. */
  async turn(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      this.clock.endTurn()
      await runPromises()
    }
  }

  /** The log takes all that has left, or refuses the first of it; the answers come in order. */
  async answer(refusal: 'INVALID_TIMESTAMP' | null = null): Promise<void> {
    await this.turn()
    const { requests } = this.appender
    this.appender.arrive(refusal)
    for (let i = requests.length; i > 0; i--) this.appender.arrive()
    while (this.appender.unanswered.length > 0) this.appender.answer(0)
    await this.turn()
  }

  async finish(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      await this.answer()
      await this.clock.advance(5)
    }
    await this.producer.close()
  }
}

type Call = 'send' | 'write' | 'answer' | 'turn' | 'dated' | 'keyed' | 'headed'

const call = fc.oneof(
  { arbitrary: fc.constant<Call>('send'), weight: 8 },
  {
    arbitrary: fc.constantFrom<Call>('write', 'answer', 'turn', 'dated', 'keyed', 'headed'),
    weight: 6,
  },
)

describe('the promises of send', () => {
  test('are settled in the order of the calls, each with the place of its own record', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 120 }), async (calls) => {
        const rig = new Rig()
        const timestamps = new Map<string, number>()
        const send = (value: string, fields: Partial<ProducerRecord>): void => {
          timestamps.set(value, fields.timestamp ?? rig.clock.wallMs())
          rig.send(value, fields)
        }
        for (const [index, step] of calls.entries()) {
          const value = `${index} `.padEnd(8 + (index % 5) * 9, '.')
          if (step === 'answer') await rig.answer()
          else if (step === 'turn') await rig.turn()
          else if (step === 'write') rig.producer.write({ topic: TOPIC, value })
          else if (step === 'dated') send(value, { timestamp: DATE_MS + (index % 3) })
          else if (step === 'keyed') send(value, { key: 'k' })
          else send(value, step === 'headed' ? { headers: { name: 'value' } } : {})
        }
        await rig.finish()
        expect(rig.errors.size).toBe(0)
        expect(rig.settled).toEqual([...timestamps.keys()])
        for (const [value, timestamp] of timestamps) {
          const metadata = rig.metadata.get(value)!
          expect(metadata).toEqual({
            topic: TOPIC,
            partition: 0,
            offset: rig.log.values.indexOf(value),
            timestamp,
          })
        }
      }),
      { numRuns: 200 },
    )
  })

  test('of records that waited for memory are settled behind those that did not', async () => {
    const rig = new Rig({ bufferMemoryBytes: 2048 })
    const values = Array.from({ length: 40 }, (_, i) => `${i} `.padEnd(100, '.'))
    rig.send(values[0]!)
    await rig.answer() // the topic is known: what comes next waits for memory alone
    for (const value of values.slice(1)) rig.send(value)
    await rig.turn()
    // What the first batch frees, the next records have: they leave beside batches of records that never waited.
    rig.appender.arrive()
    rig.appender.answer(0)
    await rig.turn()
    await rig.answer()
    await rig.finish()
    expect(rig.settled).toEqual(values)
  })

  test('of a batch that is refused reject in that order, and the next batch goes on', async () => {
    const rig = new Rig()
    for (let i = 0; i < 5; i++) rig.send(`lost ${i}`)
    await rig.turn()
    for (let i = 0; i < 5; i++) rig.send(`kept ${i}`)
    await rig.answer('INVALID_TIMESTAMP')
    await rig.finish()
    const values = ['lost', 'kept'].flatMap((what) => [0, 1, 2, 3, 4].map((i) => `${what} ${i}`))
    expect(rig.settled).toEqual(values)
    expect([...rig.errors.keys()]).toEqual(values.slice(0, 5))
    expect(rig.errors.get('lost 0')).toMatchObject({ code: 'INVALID_TIMESTAMP' })
    expect(new Set(rig.errors.values()).size).toBe(1)
    expect(rig.log.values).toEqual(values.slice(5))
  })

  test('may lead to further records, which are settled behind those that were there', async () => {
    const rig = new Rig()
    for (let i = 0; i < 3; i++) rig.send(`${i}`, {}, () => rig.send(`after ${i}`))
    await rig.finish()
    expect(rig.settled).toEqual(['0', '1', '2', 'after 0', 'after 1', 'after 2'])
    expect(rig.log.values).toEqual(rig.settled)
  })

  test('that nobody handles are each reported by the process', async () => {
    const rig = new Rig()
    const handlers = process.listeners('unhandledRejection')
    const unhandled: unknown[] = []
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (_, promise) => unhandled.push(promise))
    try {
      const sent = [0, 1, 2].map((i) => rig.producer.send({ topic: TOPIC, value: `${i}` }))
      sent[1]!.catch(() => undefined)
      await rig.answer('INVALID_TIMESTAMP')
      await runPromises()
      expect(unhandled).toEqual([sent[0], sent[2]])
    } finally {
      process.removeAllListeners('unhandledRejection')
      for (const handler of handlers) process.on('unhandledRejection', handler)
    }
  })
})
