import { clusterComparedScenario } from './cluster-compared.ts'

/**
 * ```text
 *  producer ──TCP─▶ Kafka ──TCP─▶ consumer        both in one thread
 * ```
 */
export default clusterComparedScenario({
  name: 'cluster-end-to-end',
  description:
    'Ringlog’s producer and consumer in one thread on a real Kafka, beside @platformatic/kafka’s',
  sends: true,
})
