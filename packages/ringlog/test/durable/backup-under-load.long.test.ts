import { Consumer, Producer, RinglogError, backup, type Broker } from 'ringlog'
import { SEED, seededRandom } from '@ringlog/test-kit'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { at, startDurable, temporaryDirectory, valuesOf } from './rig.ts'

const PARTITIONS = 2
const GROUP = 'billing'
const TOPIC = { partitions: PARTITIONS, segmentBytes: 2 ** 20, retentionBytes: 4 * 2 ** 20 }

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What has happened on a broker so far, as those that work on it have seen it. */
class Load {
  /** By partition: the value that each offset was given to. */
  readonly acknowledged: Array<Map<number, string>> = []
  readonly committed: number[] = []
  readonly logStart: number[] = []
  readonly #broker: Broker
  readonly #random: () => number
  #isEnded = false

  constructor(broker: Broker, random: () => number) {
    this.#broker = broker
    this.#random = random
    for (let partition = 0; partition < PARTITIONS; partition++) {
      this.acknowledged.push(new Map())
      this.committed.push(0)
      this.logStart.push(0)
    }
  }

  /** All work until `end`. */
  start(): Promise<unknown> {
    return Promise.all([
      this.#produce(),
      this.#consume(),
      this.#makeTopics(),
      this.#deleteRecords(),
    ])
  }

  end(): void {
    this.#isEnded = true
  }

  async #produce(): Promise<void> {
    const producer = new Producer(this.#broker)
    const waiting = new Set<Promise<void>>()
    for (let number = 0; !this.#isEnded; number++) {
      const partition = Math.floor(this.#random() * PARTITIONS)
      const value = `${number} ${'x'.repeat(this.#random() * 20_000)}`
      const sent = producer.send({ ...at('orders', partition), value }).then(({ offset }) => {
        this.acknowledged[partition]!.set(offset, value)
        waiting.delete(sent)
      })
      waiting.add(sent)
      if (waiting.size > 20) await Promise.race(waiting)
      if (number % 10 === 0) await pause(1)
    }
    await Promise.all(waiting)
    await producer.close()
  }

  async #consume(): Promise<void> {
    const consumer = new Consumer(this.#broker, { groupId: GROUP, autoCommit: false })
    await consumer.subscribe(['orders'])
    while (!this.#isEnded) {
      await consumer.poll({ timeoutMs: 20 })
      const positions = consumer
        .assignment()
        .map((p) => [p.partition, consumer.position(p)] as const)
      await consumer.commit()
      for (const [partition, offset] of positions) this.committed[partition] = offset
    }
    await consumer.close()
  }

  async #makeTopics(): Promise<void> {
    while (!this.#isEnded) {
      await this.#broker.createTopic('passing', { partitions: 1 + Math.floor(this.#random() * 2) })
      const producer = new Producer(this.#broker)
      await producer.send({ topic: 'passing', value: 'x' })
      await producer.close()
      await this.#broker.deleteTopic('passing')
      await pause(100)
    }
  }

  async #deleteRecords(): Promise<void> {
    while (!this.#isEnded) {
      await pause(this.#random() * 100)
      const partition = Math.floor(this.#random() * PARTITIONS)
      const offset = Math.floor(this.#random() * this.committed[partition]!)
      try {
        await this.#broker.deleteRecords(at('orders', partition), offset)
        this.logStart[partition] = Math.max(this.logStart[partition]!, offset)
      } catch (error) {
        if (!RinglogError.is(error, 'OFFSET_OUT_OF_RANGE')) throw error
      }
    }
  }
}

test(`a backup under load has all that was acknowledged before it, and no commit ahead; seed ${SEED}`, async () => {
  const random = seededRandom(SEED)
  const broker = await startDurable(temporaryDirectory())
  await broker.createTopic('orders', TOPIC)
  const load = new Load(broker, random)
  const working = load.start()
  for (let count = 0; count < 5; count++) {
    await pause(50 + random() * 200)
    const before = structuredClone({
      acknowledged: load.acknowledged,
      committed: load.committed,
      logStart: load.logStart,
    })
    const target = path.join(temporaryDirectory(), 'copy')
    await backup(broker, target)
    const restored = await startDurable(target)
    const offsets = await restored.offsets('orders', GROUP)
    for (const { partition, logStartOffset, endOffset, committed } of offsets) {
      expect(logStartOffset).toBeGreaterThanOrEqual(before.logStart[partition]!)
      expect(committed ?? 0).toBeGreaterThanOrEqual(before.committed[partition]!)
      expect(committed ?? 0).toBeLessThanOrEqual(endOffset)
      const values = await valuesOf(restored, at('orders', partition))
      expect(values).toHaveLength(endOffset - logStartOffset)
      for (const [offset, value] of before.acknowledged[partition]!) {
        expect(offset).toBeLessThan(endOffset)
        if (offset >= logStartOffset) expect(values[offset - logStartOffset]).toBe(value)
      }
    }
    await restored.close()
    await rm(target, { recursive: true })
  }
  load.end()
  await working
}, 240_000)
