import { defineScenario } from '../define-scenario.ts'
import { consumerOf500 } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { producerBy } from './producing.ts'

export default defineScenario({
  name: 'auto-commit-500',
  description:
    '500 records a poll, in a group, committed at every poll; write and cursor, transport rpc',
  isDefault: false,
  parameters: {
    records: 3_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['poll-500'],
  roles: { producer: producerBy('rpc'), consumer: consumerOf500('bench') },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
