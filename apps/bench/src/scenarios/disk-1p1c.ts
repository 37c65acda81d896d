import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { ONE_OF_EACH, pipelineScenario } from './pipeline.ts'

/**
 * ```text
 *  producer ──lane─▶ partition worker ──ring──▶ consumer
 *                                       └─────▶ storage thread ──▶ files
 * ```
 * Acknowledged and visible once it is written; the operating system syncs.
 */
export default pipelineScenario({
  name: 'disk-1p1c',
  description: 'as shared-1p1c, on disk: acknowledged once it is written to the page cache',
  isDefault: false,
  records: 5_000_000,
  topology: { ...ONE_OF_EACH, disk: {} },
  comparedWith: ['shared-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
