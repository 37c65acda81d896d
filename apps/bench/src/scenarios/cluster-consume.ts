import { kafkajsConsuming } from '../rivals/kafkajs-compared.ts'
import { platformaticConsuming } from '../rivals/platformatic-compared.ts'
import { ringlogConsuming } from '../roles/ringlog-compared.ts'
import { clusterComparedScenario } from './cluster-compared.ts'

/**
 * ```text
 *  Kafka ──TCP─▶ consumer
 * ```
 */
export default clusterComparedScenario({
  name: 'cluster-consume',
  description: 'Ringlog’s consumer on a real Kafka, by a cursor, in turns with other clients',
  parameters: { records: 500_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  stored: 'shared',
  clients: {
    ringlog: ringlogConsuming.byCursor,
    platformatic: platformaticConsuming,
    kafkajs: kafkajsConsuming,
    process: ringlogConsuming.inProcess,
  },
})
