import { parseProducerPerformance } from '../outside/producer-performance.ts'
import { kafkajsProducing } from '../rivals/kafkajs-compared.ts'
import { platformaticProducing } from '../rivals/platformatic-compared.ts'
import { ringlogProducing } from '../roles/ringlog-compared.ts'
import { clusterComparedScenario } from './cluster-compared.ts'

/** A JVM compiles what it has warmed up with. */
const JAVA_RECORDS = 1_000_000

/**
 * ```text
 *  producer ──TCP─▶ Kafka
 * ```
 */
export default clusterComparedScenario({
  name: 'cluster-produce',
  description:
    'Ringlog’s producer on a real Kafka, write, acks all, in turns with other clients; then Kafka’s ProducerPerformance',
  parameters: { records: 300_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  clients: {
    ringlog: ringlogProducing.onCluster,
    platformatic: platformaticProducing,
    kafkajs: kafkajsProducing,
    process: ringlogProducing.inProcess,
  },
  alsoMeasure: async (broker, stage) => {
    const records = Math.max(JAVA_RECORDS, stage.number('records'))
    const printed = await broker.testProducer(
      'bench-java',
      {
        'num-records': 2 * records,
        'warmup-records': records,
        'record-size': stage.number('recordSizeBytes'),
      },
      { acks: 'all', 'batch.size': stage.number('batchSizeBytes') },
    )
    const { recordsPerSecond } = parseProducerPerformance(printed)
    return { name: 'ProducerPerformance', recordsPerSecond }
  },
})
