import { defineScenario } from '../define-scenario.ts'
import { consumeInGroup } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { produceByDefault } from './producing.ts'

/** Of 100 bytes: 1 GiB. */
const RECORDS = Math.ceil(2 ** 30 / 100)

export default defineScenario({
  name: 'group-1gib',
  description: '1 GiB through one partition to a group, auto-commit; default configuration',
  isDefault: false,
  parameters: { records: RECORDS, recordSizeBytes: 100, wait: 'park' },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['assign-1gib'],
  roles: { producer: produceByDefault, consumer: consumeInGroup },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
