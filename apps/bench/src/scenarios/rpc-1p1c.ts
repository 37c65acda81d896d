import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

/**
 * ```text
 *  producer ──rpc──▶ partition worker ──ring──▶ consumer
 * ```
 */
export default pipelineScenario({
  name: 'rpc-1p1c',
  description: 'one producer, one partition, one consumer; write and cursor, transport rpc',
  records: 3_000_000,
  comparedWith: ['rival-postmessage', 'rival-comlink'],
  producer: producerBy('rpc'),
  consumer: consume,
})
