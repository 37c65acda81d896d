import { Consumer, Producer } from 'ringlog'
import { connectCluster, type ClusterClient } from 'ringlog/cluster'
import { onTestFinished } from 'vitest'
import { KAFKA } from './real-kafka.ts'

const PARTITIONS = 4
let rigs = 0

/** A client of a real Kafka, topics and a group that go with the test, and what handlers have written. */
export class HandlingRig {
  readonly client: ClusterClient
  readonly groupId = `handling-${process.pid}-${Date.now()}-${rigs++}`
  readonly topic = `${this.groupId}-orders`
  /** Takes what handlers write. */
  readonly doneTopic = `${this.groupId}-done`
  readonly deadTopic = `${this.groupId}-dead`
  readonly #producer: Producer

  static async start(): Promise<HandlingRig> {
    const rig = new HandlingRig(
      await connectCluster({ bootstrapServers: KAFKA!.bootstrapServers, retryBackoffMs: 20 }),
    )
    await Promise.all([
      rig.client.createTopic(rig.topic, { partitions: PARTITIONS }),
      rig.client.createTopic(rig.doneTopic),
      rig.client.createTopic(rig.deadTopic),
    ])
    return rig
  }

  private constructor(client: ClusterClient) {
    this.client = client
    this.#producer = new Producer(client)
    onTestFinished(async () => {
      await client.deleteGroup(this.groupId).catch(() => undefined)
      for (const topic of [this.topic, this.doneTopic, this.deadTopic]) {
        await client.deleteTopic(topic).catch(() => undefined)
      }
      await client.close()
    })
  }

  /** Appends `<key>:<value>` each. */
  async append(records: readonly string[]): Promise<void> {
    for (const record of records) {
      const [key, value] = record.split(':') as [string, string]
      this.#producer.write({ topic: this.topic, key, value })
    }
    await this.#producer.flush()
  }

  /** What the group has committed, of all partitions. */
  async committed(): Promise<number> {
    const offsets = await this.client.offsets(this.topic, this.groupId)
    return offsets.reduce((sum, { committed }) => sum + (committed ?? 0), 0)
  }

  /** All records of a topic of one partition, each as `<key>:<value>`. */
  async all(topic: string): Promise<string[]> {
    await using consumer = new Consumer(this.client)
    await consumer.assign([{ topic, partition: 0 }])
    const { endOffset } = (await this.client.offsets(topic))[0]!
    const all: string[] = []
    while (all.length < endOffset) {
      for (const { key, value } of await consumer.poll({ timeoutMs: 5_000 })) {
        all.push(`${String(key)}:${String(value)}`)
      }
    }
    return all
  }
}

/** `<key>:0`, `<key>:1`, … for each key in turn. */
export function inTurn(keys: number, perKey: number): string[] {
  return Array.from({ length: keys * perKey }, (_, i) => `k${i % keys}:${Math.floor(i / keys)}`)
}

/** The numbers of each key, in their order. */
export function byKey(records: readonly string[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>()
  for (const record of records) {
    const [key, number] = record.split(':') as [string, string]
    numbers.set(key, [...(numbers.get(key) ?? []), Number(number)])
  }
  return numbers
}
