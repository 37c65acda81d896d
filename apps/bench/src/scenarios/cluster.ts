import { Consumer } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import { defineScenario, type Scenario, type Stage } from '../define-scenario.ts'
import { StampChecker, assertTally, expectedTally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { KafkaBroker } from '../outside/kafka-broker.ts'
import { WARM } from '../roles/producing.ts'
import type { ClusterTask } from '../roles/producing-to-cluster.ts'

const TOPIC = 'bench'
const READ_TIMEOUT_MS = 10_000

type ProduceScenario = Pick<Scenario, 'name' | 'description' | 'comparedWith' | 'packages'> & {
  readonly produce: Scenario['roles'][string]
}

/** One client that produces to a Kafka of this machine, acks all: what it wrote is read and checked afterwards. */
export function clusterProduceScenario({ produce, ...scenario }: ProduceScenario): Scenario {
  return defineScenario({
    ...scenario,
    outside: 'kafka',
    parameters: { records: 2_000_000, recordSizeBytes: 100, batchSizeBytes: 65_536, lingerMs: 0 },
    fixed: { producers: 1, partitions: 1 },
    roles: { producer: produce },
    run: async (stage) => {
      const broker = await KafkaBroker.start()
      try {
        return await runProducer(stage, broker.address)
      } finally {
        await broker.close()
      }
    },
  })
}

async function runProducer(
  stage: Stage,
  bootstrapServer: string,
): Promise<Awaited<ReturnType<Scenario['run']>>> {
  const timedRecords = stage.number('records')
  const lapRecords = lapOf(timedRecords)
  const client = await connectCluster({ bootstrapServers: bootstrapServer })
  await client.createTopic(TOPIC)
  const task: ClusterTask = { bootstrapServer, topic: TOPIC, lapRecords, timedRecords }
  const producing = stage.start<void>('producer', task)
  const laps = await stage.warmUp(lapRecords)
  const startedAtMs = await stage.sync(WARM)
  await producing.result
  const elapsedMs = stage.nowMs() - startedAtMs
  const cpuMicros = stage.cpuMicrosSinceSync()
  const records = laps * lapRecords + timedRecords
  const checker = new StampChecker(stage.number('recordSizeBytes'), 1)
  const consumer = new Consumer(client)
  await consumer.assign([{ topic: TOPIC, partition: 0 }])
  await consumer.seekToBeginning()
  while (checker.count < records) {
    const polled = await consumer.poll({ timeoutMs: READ_TIMEOUT_MS })
    if (polled.count === 0) break
    checker.checkAll(consumer.cursor(polled))
  }
  await client.close()
  assertTally([checker.tally], [expectedTally(0, records)])
  const bytes = timedRecords * stage.number('recordSizeBytes')
  return { records: timedRecords, bytes, elapsedMs, cpuMicros }
}
