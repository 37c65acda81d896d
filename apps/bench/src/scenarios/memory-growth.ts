import type { Measurement, Stage } from '../define-scenario.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'

const MEBIBYTE = 1024 * 1024

export interface MemoryGrowth {
  readonly measurement: Measurement
  /** Peak RSS above that when the topic was made, its ring included. */
  readonly aboveTopicMebibytes: number
}

/** One producer, one partition, one consumer: how much memory the process takes beyond what it had. */
export async function measureMemoryGrowth(stage: Stage): Promise<MemoryGrowth> {
  let baselineBytes = 0
  const topology = { producers: 1, partitions: 1, consumers: 1 }
  const measurement = await runProducersToConsumers(stage, topology, () => {
    baselineBytes = process.memoryUsage.rss()
  })
  const peakBytes = process.resourceUsage().maxRSS * 1024
  return { measurement, aboveTopicMebibytes: (peakBytes - baselineBytes) / MEBIBYTE }
}
