import { poolScenario } from './pool.ts'

export default poolScenario(
  {
    name: 'pool-1-thread',
    description: 'a consumer pool of one thread, 50 µs of work a record',
    comparedWith: [],
  },
  40_000,
  { threads: 1, workMicros: 50 },
)
