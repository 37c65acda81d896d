import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { producerBy } from './producing.ts'

export default defineScenario({
  name: 'shared-1p1c-16k',
  description: 'shared-1p1c with values of 16,384 bytes',
  isDefault: false,
  parameters: {
    records: 400_000,
    recordSizeBytes: 16_384,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['limit-copy-pipeline-16k'],
  roles: { producer: producerBy('shared'), consumer: consume },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
