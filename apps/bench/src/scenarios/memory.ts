import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { measureMemoryGrowth } from './memory-growth.ts'
import { pipelineScenario } from './pipeline.ts'

/** Many records through one partition: how much memory the process takes beyond what it had. */
export default pipelineScenario({
  name: 'memory',
  description:
    '20 million records through one partition: peak RSS above that when the topic was made',
  records: 20_000_000,
  isDefault: false,
  producer: producerBy('auto'),
  consumer: consume,
  run: async (stage, topology) => {
    const { measurement, aboveTopicMebibytes } = await measureMemoryGrowth(stage, topology)
    return { ...measurement, figures: { peakRssAboveTopicMebibytes: aboveTopicMebibytes } }
  },
})
