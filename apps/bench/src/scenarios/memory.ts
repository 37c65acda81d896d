import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { measureMemoryGrowth } from './memory-growth.ts'
import { producerBy } from './producing.ts'

/** Many records through one partition: how much memory the process takes beyond what it had. */
export default defineScenario({
  name: 'memory',
  description:
    '20 million records through one partition: peak RSS above that when the topic was made',
  parameters: {
    records: 20_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: { producer: producerBy('auto'), consumer: consume },
  run: async (stage) => {
    const { measurement, aboveTopicMebibytes } = await measureMemoryGrowth(stage)
    return { ...measurement, figures: { peakRssAboveTopicMebibytes: aboveTopicMebibytes } }
  },
})
