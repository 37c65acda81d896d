import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { ONE_OF_EACH, pipelineScenario } from './pipeline.ts'

const MIB = 1024 * 1024

/**
 * ```text
 *  producer ──lane─▶ partition worker ──ring──▶ consumer
 *                                       └─────▶ storage thread ──▶ files
 * ```
 * Acknowledged and visible once it is written; the operating system syncs. Old segments go, so that the page cache uses
 * its memory again: what a virtual machine has not used for a while, its host may have to find first, at several times
 * the cost of a write, whoever writes.
 */
export default pipelineScenario({
  name: 'disk-1p1c-retained',
  description: 'as disk-1p1c, with retentionBytes: the page cache uses its memory again',
  isDefault: false,
  records: 5_000_000,
  topology: { ...ONE_OF_EACH, disk: { segmentBytes: 32 * MIB, retentionBytes: 96 * MIB } },
  comparedWith: ['disk-1p1c', 'shared-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
