import { poolScenario } from './pool.ts'

export default poolScenario(
  {
    name: 'pool-tasks',
    description:
      'a consumer pool of two threads, 1 µs of work a record: written, handled, committed',
    comparedWith: ['rival-piscina'],
  },
  500_000,
  { threads: 2, workMicros: 1 },
)
