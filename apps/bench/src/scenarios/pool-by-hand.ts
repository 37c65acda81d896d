import { handleByHand } from '../roles/handling-by-hand.ts'
import { poolScenario } from './pool.ts'

export default poolScenario(
  {
    name: 'pool-by-hand',
    description: 'as pool-empty, without a pool: each thread polls and calls the handler by itself',
    comparedWith: [],
  },
  2_000_000,
  { threads: 2, workMicros: 0, byHand: handleByHand },
)
