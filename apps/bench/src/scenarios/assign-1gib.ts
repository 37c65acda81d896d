import { defineScenario } from '../define-scenario.ts'
import { consumeByDefault } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { produceByDefault } from './producing.ts'

/** Of 100 bytes: 1 GiB. */
const RECORDS = Math.ceil(2 ** 30 / 100)

export default defineScenario({
  name: 'assign-1gib',
  description: 'as group-1gib, but the consumer is assigned the partition',
  isDefault: false,
  parameters: { records: RECORDS, recordSizeBytes: 100, wait: 'park' },
  fixed: { producers: 1, partitions: 1, consumers: 1 },

  roles: { producer: produceByDefault, consumer: consumeByDefault },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
