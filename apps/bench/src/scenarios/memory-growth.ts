import type { Measurement, Stage } from '../define-scenario.ts'
import { runTopology, type Topology } from './pipeline.ts'

const MEBIBYTE = 1024 * 1024
/** What memory is taken depends on how many records passed: as many in each run. */
const WARM_UP_LAPS = 2

export interface MemoryGrowth {
  readonly measurement: Measurement
  /** Peak RSS above that when the topic was made, its ring included. */
  readonly aboveTopicMebibytes: number
}

/** How much memory the process takes beyond what it had while a pipeline runs. */
export async function measureMemoryGrowth(stage: Stage, topology: Topology): Promise<MemoryGrowth> {
  let baselineBytes = 0
  const { measurement } = await runTopology(stage, topology, {
    laps: WARM_UP_LAPS,
    onTopicCreated: () => (baselineBytes = process.memoryUsage.rss()),
  })
  const peakBytes = process.resourceUsage().maxRSS * 1024
  return { measurement, aboveTopicMebibytes: (peakBytes - baselineBytes) / MEBIBYTE }
}
