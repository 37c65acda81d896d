import { consumerOf500 } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'poll-500',
  description: '500 records a poll, without a group; write and cursor, transport rpc',
  isDefault: false,
  records: 3_000_000,
  producer: producerBy('rpc'),
  consumer: consumerOf500(null),
})
