import { steadyScenario } from './steady.ts'

export default steadyScenario({ name: 'paced-100k' }, 100_000, 500_000)
