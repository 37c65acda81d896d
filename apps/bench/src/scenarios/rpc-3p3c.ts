import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

/**
 * ```text
 *  producer ─┐          ┌─▶ partition worker 0 ──ring──▶ consumer
 *  producer ─┼── rpc ───┼─▶ partition worker 1 ──ring──▶ consumer
 *  producer ─┘          └─▶ partition worker 2 ──ring──▶ consumer
 * ```
 */
export default pipelineScenario({
  name: 'rpc-3p3c',
  description:
    'three producers, three partitions, three consumers; write and cursor, transport rpc',
  isDefault: false,
  topology: { producers: 3, partitions: 3, consumers: 3 },
  records: 3_000_000,
  comparedWith: ['rpc-1p1c'],
  producer: producerBy('rpc'),
  consumer: consume,
})
