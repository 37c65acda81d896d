import { copyPipeline } from './copy-pipeline.ts'

export default copyPipeline({ name: 'limit-copy-pipeline-64k', isDefault: false }, 65_536, 100_000)
