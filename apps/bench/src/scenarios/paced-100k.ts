import { pacedScenario } from './paced.ts'

export default pacedScenario({ name: 'paced-100k' }, 100_000, 500_000)
