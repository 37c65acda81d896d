import { sizedPipeline } from './sized-pipeline.ts'

export default sizedPipeline('64k', 65_536, 100_000)
