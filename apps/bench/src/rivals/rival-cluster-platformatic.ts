import type { RoleContext } from '../define-scenario.ts'
import {
  SENDS_IN_FLIGHT,
  arraysOfValues,
  produceToCluster,
  type ClusterTask,
  type ClusterWriter,
} from '../roles/producing-to-cluster.ts'
import { clusterProduceScenario } from '../scenarios/cluster.ts'

async function open(context: RoleContext<ClusterTask>): Promise<ClusterWriter> {
  const { ProduceAcks, Producer } = await import('@platformatic/kafka')
  const { bootstrapServer, topic } = context.data
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [bootstrapServer] })
  const send = (values: readonly Buffer[]): Promise<unknown> =>
    producer.send({
      acks: ProduceAcks.ALL,
      messages: values.map((value) => ({ topic, partition: 0, value })),
    })
  return { produce: arraysOfValues(context, SENDS_IN_FLIGHT, send), close: () => producer.close() }
}

/** The fastest other client for Node.js, in pure JavaScript. */
export default clusterProduceScenario({
  name: 'rival-cluster-platformatic',
  description: 'the same by @platformatic/kafka: arrays of the size of a batch, five at a time',
  packages: ['@platformatic/kafka'],
  produce: (context) => produceToCluster(context, open),
})
