import { copyPipeline } from './copy-pipeline.ts'

export default copyPipeline({ name: 'limit-copy-pipeline-1k', isDefault: false }, 1_024, 4_000_000)
