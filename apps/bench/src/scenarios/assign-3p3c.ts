import { defineScenario } from '../define-scenario.ts'
import { consumeByDefault } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { produceByDefault } from './producing.ts'

export default defineScenario({
  name: 'assign-3p3c',
  description: 'as group-3p3c, but each consumer is assigned its partition',
  isDefault: false,
  parameters: { records: 6_000_000, recordSizeBytes: 100, wait: 'park' },
  fixed: { producers: 3, partitions: 3, consumers: 3 },

  roles: { producer: produceByDefault, consumer: consumeByDefault },
  run: (stage) => runProducersToConsumers(stage, { producers: 3, partitions: 3, consumers: 3 }),
})
