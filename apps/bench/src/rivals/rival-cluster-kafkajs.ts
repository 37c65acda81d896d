import type { RoleContext } from '../define-scenario.ts'
import {
  arraysOfValues,
  produceToCluster,
  type ClusterTask,
  type ClusterWriter,
} from '../roles/producing-to-cluster.ts'
import { clusterProduceScenario } from '../scenarios/cluster.ts'

const ALL = -1
/** Of several on their way it keeps no order. */
const SENDS_IN_ORDER = 1

async function open(context: RoleContext<ClusterTask>): Promise<ClusterWriter> {
  const { Kafka, logLevel } = await import('kafkajs')
  const { bootstrapServer, topic } = context.data
  const kafka = new Kafka({
    clientId: 'bench',
    brokers: [bootstrapServer],
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer()
  await producer.connect()
  const send = (values: readonly Buffer[]): Promise<unknown> =>
    producer.send({ topic, acks: ALL, messages: values.map((value) => ({ value, partition: 0 })) })
  return {
    produce: arraysOfValues(context, SENDS_IN_ORDER, send),
    close: () => producer.disconnect(),
  }
}

/** The client for Node.js that most programs have. */
export default clusterProduceScenario({
  name: 'rival-cluster-kafkajs',
  description: 'the same by kafkajs: arrays of the size of a batch, one at a time, for the order',
  packages: ['@platformatic/kafka', 'kafkajs'],
  produce: (context) => produceToCluster(context, open),
})
