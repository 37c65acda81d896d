import { steadyScenario } from './steady.ts'

export default steadyScenario({ name: 'paced-10k' }, 10_000, 50_000)
