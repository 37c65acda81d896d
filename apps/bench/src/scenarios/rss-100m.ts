import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { measureMemoryGrowth } from './memory-growth.ts'
import { producerBy } from './producing.ts'

/** What a producer takes for its batches at the most: the default `bufferMemoryBytes`. */
const BUFFER_MEMORY_MEBIBYTES = 32

/** As `memory`, for longer. The ring is there when the topic is made; the lane, 1 MiB, is not taken off. */
export default defineScenario({
  name: 'rss-100m',
  description: '100 million records by a lane: peak RSS beyond the ring and bufferMemoryBytes',
  isDefault: false,
  parameters: {
    records: 100_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: { producer: producerBy('shared'), consumer: consume },
  run: async (stage) => {
    const { measurement, aboveTopicMebibytes } = await measureMemoryGrowth(stage)
    return {
      ...measurement,
      figures: {
        peakRssAboveTopicMebibytes: aboveTopicMebibytes,
        peakRssBeyondRingAndBuffersMebibytes: aboveTopicMebibytes - BUFFER_MEMORY_MEBIBYTES,
      },
    }
  },
})
