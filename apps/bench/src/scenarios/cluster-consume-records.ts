import { kafkajsConsuming } from '../rivals/kafkajs-compared.ts'
import { platformaticConsuming } from '../rivals/platformatic-compared.ts'
import { ringlogConsuming } from '../roles/ringlog-compared.ts'
import { clusterComparedScenario } from './cluster-compared.ts'

/** As `cluster-consume`, with an object for every record. */
export default clusterComparedScenario({
  name: 'cluster-consume-records',
  description: 'Ringlog’s consumer on a real Kafka, record by record, in turns with other clients',
  parameters: { records: 500_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  stored: 'shared',
  clients: {
    ringlog: ringlogConsuming.byRecords,
    platformatic: platformaticConsuming,
    kafkajs: kafkajsConsuming,
  },
})
