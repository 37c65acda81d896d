import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { producerBy } from './producing.ts'

export default defineScenario({
  name: 'shared-1p3c',
  description:
    'one producer, one partition, three consumers that each get all: all that was delivered',
  isDefault: false,
  parameters: {
    records: 5_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 3 },
  comparedWith: ['shared-1p1c'],
  roles: { producer: producerBy('shared'), consumer: consume },
  run: (stage) =>
    runProducersToConsumers(stage, {
      producers: 1,
      partitions: 1,
      consumers: 3,
      isBroadcast: true,
    }),
})
