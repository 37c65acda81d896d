import { poolScenario } from './pool.ts'

export default poolScenario(
  {
    name: 'pool-2-threads',
    description: 'a consumer pool of two threads, 50 µs of work a record',
    comparedWith: ['pool-1-thread'],
  },
  40_000,
  { threads: 2, workMicros: 50 },
)
