import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { producerBy } from './producing.ts'

/**
 * ```text
 *  producer ──lane─▶ partition worker ──ring──▶ consumer
 * ```
 */
export default defineScenario({
  name: 'shared-1p1c',
  description: 'one producer, one partition, one consumer; write and cursor, transport shared',
  parameters: {
    records: 10_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['limit-copy-pipeline', 'rival-postmessage', 'rpc-1p1c'],
  roles: { producer: producerBy('shared'), consumer: consume },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
