import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'shared-1p1c-8-partitions',
  description: 'one producer, eight partitions, one consumer; write and cursor',
  isDefault: false,
  topology: { producers: 1, partitions: 8, consumers: 1 },
  records: 10_000_000,
  comparedWith: ['shared-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
