import { allRunning, type RunningKafka } from '@ringlog/kafka-tool'
import { Producer, type ProducerConfig } from '@ringlog/producer'
import { describe, onTestFinished } from 'vitest'
import { connectCluster, type ClusterClient, type ClusterConfig } from '../src/index.ts'

/** The node that `npm run kafka -- start` has started on this machine; `null`: none runs. */
export const KAFKA: RunningKafka | null =
  allRunning().find(({ controlPort }) => controlPort === null) ?? null

if (KAFKA === null) console.log('skipped: no Kafka runs here; npm run kafka -- start')

/** Tests on a real Kafka: skipped where none runs. */
export const describeOnKafka = describe.skipIf(KAFKA === null)

let topics = 0

/** A name that no other test, and no other run, has. */
export function freshTopic(): string {
  return `test-${process.pid}-${Date.now()}-${topics++}`
}

/** A client that is closed after the test. */
export async function connect(config: Partial<ClusterConfig> = {}): Promise<ClusterClient> {
  const client = await connectCluster({ bootstrapServers: KAFKA!.bootstrapServers, ...config })
  onTestFinished(() => client.close().catch(() => undefined))
  return client
}

/** A topic that is deleted after the test. */
export async function createTopic(
  client: ClusterClient,
  config?: Parameters<ClusterClient['createTopic']>[1],
): Promise<string> {
  const topic = freshTopic()
  await client.createTopic(topic, config)
  onTestFinished(async () => {
    const admin = await connectCluster({ bootstrapServers: KAFKA!.bootstrapServers })
    await admin.deleteTopic(topic).catch(() => undefined)
    await admin.close()
  })
  return topic
}

export function producerOn(client: ClusterClient, config: ProducerConfig = {}): Producer {
  return new Producer(client, config)
}
