import { defineScenario } from '../define-scenario.ts'
import { consume } from './consuming.ts'
import { runProducersToConsumers } from './producers-to-consumers.ts'
import { producerBy } from './producing.ts'

/**
 * ```text
 *  producer ─┐          ┌─▶ partition worker 0 ──ring──▶ consumer
 *  producer ─┼── lanes ─┼─▶ partition worker 1 ──ring──▶ consumer
 *  producer ─┘          └─▶ partition worker 2 ──ring──▶ consumer
 * ```
 */
export default defineScenario({
  name: 'shared-3p3c',
  description:
    'three producers, three partitions, three consumers; write and cursor, transport shared',
  parameters: {
    records: 10_000_000,
    recordSizeBytes: 100,
    batchSizeBytes: 65_536,
    lingerMs: 0,
    wait: 'park',
  },
  fixed: { producers: 3, partitions: 3, consumers: 3 },
  comparedWith: ['shared-1p1c'],
  roles: { producer: producerBy('shared'), consumer: consume },
  run: (stage) => runProducersToConsumers(stage, { producers: 3, partitions: 3, consumers: 3 }),
})
