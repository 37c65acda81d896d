import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { producerBy } from './producing.ts'

/**
 * ```text
 *  producer ──rpc──▶ partition worker ──ring──▶ consumer
 * ```
 */
export default defineScenario({
  name: 'rpc-1p1c',
  description: 'one producer, one partition, one consumer; write and cursor, transport rpc',
  parameters: {
    records: 3_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['rival-postmessage', 'rival-comlink', 'limit-copy-pipeline'],
  roles: { producer: producerBy('rpc'), consumer: consume },
  run: (stage) => runProducersToConsumers(stage, { producers: 1, partitions: 1, consumers: 1 }),
})
