import { sizedPipeline } from './sized-pipeline.ts'

export default sizedPipeline('1k', 1_024, 4_000_000)
