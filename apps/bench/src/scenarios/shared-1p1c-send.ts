import { defineScenario } from '../define-scenario.ts'
import { consumeRecords } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { sendAll } from './producing.ts'

export default defineScenario({
  name: 'shared-1p1c-send',
  description: 'a promise a record, all awaited; polled as records',
  isDefault: false,
  parameters: {
    records: 2_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['rival-postmessage'],
  roles: { producer: sendAll, consumer: consumeRecords },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
