import { defineScenario } from '../define-scenario.ts'
import { consumeRecords } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { produceObjects } from './producing.ts'

export default defineScenario({
  name: 'shared-1p1c-objects',
  description:
    'string keys and Buffer values by write, polled as records, every key and value touched',
  isDefault: false,
  parameters: {
    records: 5_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['rival-postmessage'],
  roles: { producer: produceObjects, consumer: consumeRecords },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
