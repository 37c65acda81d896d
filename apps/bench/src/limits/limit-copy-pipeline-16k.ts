import { copyPipeline } from './copy-pipeline.ts'

export default copyPipeline({ name: 'limit-copy-pipeline-16k', isDefault: false }, 16_384, 400_000)
