import { kafkajsEndToEnd } from '../rivals/kafkajs-compared.ts'
import { platformaticEndToEnd } from '../rivals/platformatic-compared.ts'
import { ringlogEndToEnd } from '../roles/ringlog-compared.ts'
import { clusterComparedScenario } from './cluster-compared.ts'

/**
 * ```text
 *  producer ──TCP─▶ Kafka ──TCP─▶ consumer        both in one thread
 * ```
 */
export default clusterComparedScenario({
  name: 'cluster-end-to-end',
  description:
    'Ringlog’s producer and consumer in one thread on a real Kafka, in turns with other clients',
  parameters: { records: 300_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  clients: {
    ringlog: ringlogEndToEnd.onCluster,
    platformatic: platformaticEndToEnd,
    kafkajs: kafkajsEndToEnd,
    process: ringlogEndToEnd.inProcess,
  },
})
