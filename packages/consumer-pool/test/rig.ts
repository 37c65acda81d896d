import { Broker } from '@ringlog/broker'
import { Consumer } from '@ringlog/consumer'
import type { TopicConfig } from '@ringlog/core'
import { Producer } from '@ringlog/producer'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { ConsumerPool, type ConsumerPoolConfig } from '../src/index.ts'
import { DONE, TOPIC } from './topics.ts'

export { DONE, TOPIC }
export const GROUP = 'billing'

/** A handler of this folder, by its path; without an ending: `.ts`. */
export function handlerFile(name: string): string {
  return fileURLToPath(
    new URL(`./handlers/${name.includes('.') ? name : `${name}.ts`}`, import.meta.url),
  )
}

/** What a handler did with one record. */
export interface Done {
  readonly what: string
  readonly threadIndex: number
}

/** A broker with a topic, and one that handlers write to; pools on it. */
export class Rig {
  readonly broker: Broker
  readonly producer: Producer

  private constructor(broker: Broker) {
    this.broker = broker
    this.producer = new Producer(broker)
  }

  static async start(config: TopicConfig = { partitions: 4 }): Promise<Rig> {
    const broker = await Broker.start()
    onTestFinished(() => broker.close({ timeoutMs: 2_000 }))
    const ringBytes = 1024 * 1024
    await broker.createTopic(TOPIC, { ringBytes, ...config })
    await broker.createTopic(DONE, { ringBytes })
    return new Rig(broker)
  }

  /** A pool of two threads, closed after the test. */
  async pool(handler: string, config: Partial<ConsumerPoolConfig> = {}): Promise<ConsumerPool> {
    const pool = await ConsumerPool.start(this.broker, {
      groupId: GROUP,
      topics: [TOPIC],
      handler: handlerFile(handler),
      threads: 2,
      retryBackoffMs: 1,
      ...config,
    })
    onTestFinished(() => pool.close({ timeoutMs: 2_000 }).catch(() => undefined))
    return pool
  }

  /** Produces `<key>:0`, `<key>:1`, … for each key in turn. */
  async produce(keys: number, perKey: number): Promise<void> {
    for (let i = 0; i < perKey; i++) {
      for (let key = 0; key < keys; key++) {
        this.producer.write({ topic: TOPIC, key: `key-${key}`, value: `key-${key}:${i}` })
      }
    }
    await this.producer.flush()
  }

  /** All that handlers have written so far, in the order in which it arrived. */
  async done(): Promise<Done[]> {
    const consumer = new Consumer(this.broker, { gating: false, maxPollRecords: Infinity })
    await consumer.assign([{ topic: DONE, partition: 0 }])
    const { endOffset } = (await this.broker.offsets(DONE))[0]!
    const done: Done[] = []
    while (done.length < endOffset) {
      for (const { value, headers } of await consumer.poll({ timeoutMs: 5_000 })) {
        done.push({ what: String(value), threadIndex: Number(headers[0]![1]) })
      }
    }
    await consumer.close()
    return done
  }

  async committed(): Promise<number> {
    const offsets = await this.broker.offsets(TOPIC, GROUP)
    return offsets.reduce((sum, { committed }) => sum + (committed ?? 0), 0)
  }
}

/** What was done for each key, in its order. */
export function byKey(done: readonly Done[]): Record<string, number[]> {
  const keys: Record<string, number[]> = {}
  for (const { what } of done) {
    const [key, i] = what.split(':') as [string, string]
    ;(keys[key] ??= []).push(Number(i))
  }
  return keys
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
