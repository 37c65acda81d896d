import { copyPipeline } from './copy-pipeline.ts'

export default copyPipeline({ name: 'limit-copy-pipeline' }, 100, 20_000_000)
