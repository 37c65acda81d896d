import { defineScenario } from '../define-scenario.ts'
import { OPEN_LOOP_PARAMETERS, OPEN_LOOP_ROLES, runOpenLoop } from './open-loop.ts'

/** Throughput against latency: the rate is the highest there is, the times are those at half of it. */
export default defineScenario({
  name: 'batch-sizes',
  description:
    'batches of 1 to 256 KiB, linger 0 and 5 ms: the highest rate, latency at half of it',
  isDefault: false,
  parameters: { ...OPEN_LOOP_PARAMETERS, durationMs: 1_000 },
  sweep: { lingerMs: [0, 5], batchSizeBytes: [1_024, 4_096, 16_384, 65_536, 262_144] },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: OPEN_LOOP_ROLES,
  run: async (stage) => {
    const { maximum, paced } = await runOpenLoop(stage)
    return { ...maximum, latency: paced.latency! }
  },
})
