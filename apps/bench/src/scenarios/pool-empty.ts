import { poolScenario } from './pool.ts'

export default poolScenario(
  {
    name: 'pool-empty',
    description: 'a consumer pool of two threads, whose handler only counts: what a pool takes',
    comparedWith: ['pool-by-hand'],
  },
  2_000_000,
  { threads: 2, workMicros: 0 },
)
