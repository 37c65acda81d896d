import { sizedPipeline } from './sized-pipeline.ts'

export default sizedPipeline('16k', 16_384, 400_000)
