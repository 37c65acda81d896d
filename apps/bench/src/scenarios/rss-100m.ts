import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { measureMemoryGrowth } from './memory-growth.ts'
import { pipelineScenario } from './pipeline.ts'

/** What a producer takes for its batches at the most: the default `bufferMemoryBytes`. */
const BUFFER_MEMORY_MEBIBYTES = 32

/** As `memory`, for longer. The ring is there when the topic is made; the lane, 1 MiB, is not taken off. */
export default pipelineScenario({
  name: 'rss-100m',
  description: '100 million records by a lane: peak RSS beyond the ring and bufferMemoryBytes',
  isDefault: false,
  records: 100_000_000,
  producer: producerBy('shared'),
  consumer: consume,
  run: async (stage, topology) => {
    const { measurement, aboveTopicMebibytes } = await measureMemoryGrowth(stage, topology)
    return {
      ...measurement,
      figures: {
        peakRssAboveTopicMebibytes: aboveTopicMebibytes,
        peakRssBeyondRingAndBuffersMebibytes: aboveTopicMebibytes - BUFFER_MEMORY_MEBIBYTES,
      },
    }
  },
})
