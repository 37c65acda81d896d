import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { producerBy } from './producing.ts'

export default defineScenario({
  name: 'shared-1p1c-8-partitions',
  description: 'one producer, eight partitions, one consumer; write and cursor',
  isDefault: false,
  parameters: {
    records: 10_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 8, consumers: 1 },
  comparedWith: ['shared-1p1c'],
  roles: { producer: producerBy('shared'), consumer: consume },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 8, consumers: 1 }),
})
