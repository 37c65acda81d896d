import { kafkajsSending } from '../rivals/kafkajs-compared.ts'
import { platformaticSending } from '../rivals/platformatic-compared.ts'
import { ringlogSending } from '../roles/ringlog-compared.ts'
import { clusterComparedScenario } from './cluster-compared.ts'

/** One record at a time: how long it takes from `send` until the cluster has acknowledged it. */
export default clusterComparedScenario({
  name: 'cluster-send',
  description:
    'for (…) await producer.send(…) on a real Kafka, acks all: latency, in turns with other clients',
  parameters: { records: 1_000, recordSizeBytes: 100 },
  clients: {
    ringlog: ringlogSending.onCluster,
    platformatic: platformaticSending,
    kafkajs: kafkajsSending,
    process: ringlogSending.inProcess,
  },
})
