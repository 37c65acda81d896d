import { poolScenario } from './pool.ts'

export default poolScenario(
  {
    name: 'pool-run',
    description: 'as pool-tasks, but each record by run(), 1,000 answers awaited at once',
    comparedWith: ['rival-piscina'],
  },
  100_000,
  { threads: 2, workMicros: 1, isAnswered: true },
)
