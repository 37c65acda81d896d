import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'shared-1p3c',
  description:
    'one producer, one partition, three consumers that each get all: all that was delivered',
  isDefault: false,
  topology: { producers: 1, partitions: 1, consumers: 3, isBroadcast: true },
  records: 5_000_000,
  comparedWith: ['shared-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
