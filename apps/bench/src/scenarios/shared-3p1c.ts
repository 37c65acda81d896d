import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

/**
 * ```text
 *  producer ─┐
 *  producer ─┼─ lanes ─▶ partition worker ──ring──▶ consumer
 *  producer ─┘
 * ```
 */
export default pipelineScenario({
  name: 'shared-3p1c',
  description: 'three producers, one partition, one consumer; write and cursor, transport shared',
  isDefault: false,
  topology: { producers: 3, partitions: 1, consumers: 1 },
  records: 9_000_000,
  comparedWith: ['shared-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
