import { pacedScenario } from './paced.ts'

export default pacedScenario({ name: 'paced-10k' }, 10_000, 50_000)
