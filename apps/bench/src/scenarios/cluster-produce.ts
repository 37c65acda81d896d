import { Producer } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import type { RoleContext } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import {
  produceToCluster,
  type ClusterTask,
  type ClusterWriter,
} from '../roles/producing-to-cluster.ts'
import { producerConfigOf } from '../roles/producing.ts'
import { clusterProduceScenario } from './cluster.ts'

async function open(context: RoleContext<ClusterTask>): Promise<ClusterWriter> {
  const { bootstrapServer, topic } = context.data
  const client = await connectCluster({ bootstrapServers: bootstrapServer })
  const producer = new Producer(client, producerConfigOf(context))
  // Whatever is in it is copied before `write` returns, so it can be used again.
  const value = Buffer.from(patternValue(context.number('recordSizeBytes'), context.index))
  const record = { topic, value }
  return {
    async produce(first, end) {
      for (let sequence = first; sequence < end; sequence++) {
        stamp(value, sequence)
        if (!producer.write(record)) await producer.drained()
      }
      await producer.flush()
    },
    close: () => client.close(),
  }
}

/**
 * ```text
 *  producer ──TCP─▶ Kafka
 * ```
 */
export default clusterProduceScenario({
  name: 'cluster-produce',
  description: 'Ringlog’s producer on a real Kafka on this machine; write, idempotent, acks all',
  comparedWith: ['rival-cluster-platformatic', 'rival-cluster-kafkajs', 'rival-kafka'],
  packages: ['@platformatic/kafka'],
  produce: (context) => produceToCluster(context, open),
})
