import { clusterComparedScenario } from './cluster-compared.ts'

/**
 * ```text
 *  Kafka ──TCP─▶ consumer
 * ```
 */
export default clusterComparedScenario({
  name: 'cluster-consume',
  description:
    'Ringlog’s consumer on a real Kafka, by a cursor, beside @platformatic/kafka’s stream',
  sends: false,
})
