import { consumerOf500 } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'auto-commit-500',
  description:
    '500 records a poll, in a group, committed at every poll; write and cursor, transport rpc',
  isDefault: false,
  records: 3_000_000,
  comparedWith: ['poll-500'],
  producer: producerBy('rpc'),
  consumer: consumerOf500('bench'),
})
