import { Kfake, allRunning, type RunningKafka } from '@ringlog/kafka-tool'
import { Producer, type ProducerConfig } from '@ringlog/producer'
import { afterAll, beforeEach, describe, onTestFinished } from 'vitest'
import { connectCluster, type ClusterClient, type ClusterConfig } from '../src/index.ts'
import { NOT_ON_KFAKE } from './not-on-kfake.ts'

/** Franz-go's fake broker, of this file's tests alone: `npm run test:kfake`; `null`: they run on a real one. */
const KFAKE: Kfake | null =
  process.env['RINGLOG_TEST_KFAKE'] === undefined
    ? null
    : await Kfake.start(process.env['RINGLOG_TEST_KFAKE'])

export const IS_KFAKE = KFAKE !== null

/** What tests need of the server that they run on. */
type TestedKafka = Pick<
  RunningKafka,
  'bootstrapServers' | 'saslServers' | 'tlsServers' | 'caFile'
> & {
  /** Of its only broker. */
  readonly nodeId: number
}

/** The node that `npm run kafka -- start` has started on this machine, or kfake; `null`: none runs. */
export const KAFKA: TestedKafka | null = KFAKE === null ? realKafka() : fakeKafka(KFAKE)

function realKafka(): TestedKafka | null {
  const running = allRunning().find(({ controlPort }) => controlPort === null)
  return running === undefined ? null : { ...running, nodeId: 1 }
}

function fakeKafka({ bootstrapServers }: Kfake): TestedKafka {
  return { bootstrapServers, saslServers: null, tlsServers: null, caFile: null, nodeId: 0 }
}

if (KFAKE !== null) {
  beforeEach(({ task, skip }) => {
    const reason = NOT_ON_KFAKE.get(task.name)
    if (reason !== undefined) skip(reason)
  })
  afterAll(() => KFAKE.stop())
}

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
