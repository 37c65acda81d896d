import { defineScenario } from '../define-scenario.ts'
import { OPEN_LOOP_PARAMETERS, OPEN_LOOP_ROLES, runOpenLoop } from './open-loop.ts'

/** How latency grows as the load comes near to what the pipeline can do. */
export default defineScenario({
  name: 'paced',
  description: 'records at 10 to 95 % of the rate that was reached just before: latency, open loop',
  isDefault: false,
  parameters: OPEN_LOOP_PARAMETERS,
  sweep: { loadPercent: [10, 50, 80, 95] },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  roles: OPEN_LOOP_ROLES,
  run: async (stage) => (await runOpenLoop(stage)).paced,
})
