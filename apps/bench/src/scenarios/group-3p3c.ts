import { defineScenario } from '../define-scenario.ts'
import { consumeInGroup } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { produceByDefault } from './producing.ts'

export default defineScenario({
  name: 'group-3p3c',
  description:
    'three producers, three partitions, three members of a group, auto-commit; default configuration',
  isDefault: false,
  parameters: { records: 6_000_000, recordSizeBytes: 100, wait: 'park' },
  fixed: { producers: 3, partitions: 3, consumers: 3 },
  comparedWith: ['assign-3p3c'],
  roles: { producer: produceByDefault, consumer: consumeInGroup },
  run: (stage) => runProducersToConsumers(stage, { producers: 3, partitions: 3, consumers: 3 }),
})
