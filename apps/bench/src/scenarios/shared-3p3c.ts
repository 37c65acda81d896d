import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

/**
 * ```text
 *  producer ─┐          ┌─▶ partition worker 0 ──ring──▶ consumer
 *  producer ─┼── lanes ─┼─▶ partition worker 1 ──ring──▶ consumer
 *  producer ─┘          └─▶ partition worker 2 ──ring──▶ consumer
 * ```
 */
export default pipelineScenario({
  name: 'shared-3p3c',
  description:
    'three producers, three partitions, three consumers; write and cursor, transport shared',
  topology: { producers: 3, partitions: 3, consumers: 3 },
  records: 10_000_000,
  isDefault: false,
  comparedWith: ['shared-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
