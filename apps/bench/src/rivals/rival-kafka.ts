import { defineScenario } from '../define-scenario.ts'
import { KafkaBroker } from '../outside/kafka-broker.ts'
import { parseProducerPerformance } from '../outside/producer-performance.ts'

const TOPIC = 'bench'

/** Kafka itself, by its own performance test: what a process outside of this one costs. */
export default defineScenario({
  name: 'rival-kafka',
  description: 'a real Kafka on this machine by its own ProducerPerformance, acks all',
  outside: 'kafka',
  parameters: { records: 2_000_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  fixed: { producers: 1, partitions: 1 },
  roles: {},
  run: async (stage) => {
    const records = stage.number('records')
    const recordSizeBytes = stage.number('recordSizeBytes')
    const warmUpRecords = records
    const broker = await KafkaBroker.start()
    try {
      const printed = await broker.testProducer(
        TOPIC,
        {
          'num-records': warmUpRecords + records,
          'warmup-records': warmUpRecords,
          'record-size': recordSizeBytes,
        },
        { acks: 'all', 'batch.size': stage.number('batchSizeBytes') },
      )
      const sent = parseProducerPerformance(printed)
      const elapsedMs = (sent.records / sent.recordsPerSecond) * 1000
      return { records: sent.records, bytes: sent.records * recordSizeBytes, elapsedMs }
    } finally {
      await broker.close()
    }
  },
})
