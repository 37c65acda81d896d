import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { ONE_OF_EACH, PIPELINE_PARAMETERS, pipelineScenario, runTopology } from './pipeline.ts'

/** What more partitions cost where there is no thread more to produce or to consume. */
export default pipelineScenario({
  name: 'partitions',
  description: 'one producer, one consumer, 1 to 64 partitions: throughput, start and memory',
  isDefault: false,
  topology: ONE_OF_EACH,
  parameters: { ...PIPELINE_PARAMETERS, partitions: 1 },
  sweep: { partitions: [1, 4, 16, 64] },
  records: 3_200_000,
  producer: producerBy('shared'),
  consumer: consume,
  run: async (stage, topology) => {
    const { measurement, topicStartMs } = await runTopology(stage, topology)
    return { ...measurement, figures: { topicStartMs } }
  },
})
