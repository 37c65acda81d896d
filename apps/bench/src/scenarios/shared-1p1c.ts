import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

/**
 * ```text
 *  producer ──lane─▶ partition worker ──ring──▶ consumer
 * ```
 */
export default pipelineScenario({
  name: 'shared-1p1c',
  description: 'one producer, one partition, one consumer; write and cursor, transport shared',
  records: 10_000_000,
  comparedWith: [
    'limit-copy-pipeline',
    'rival-postmessage',
    'rival-postmessage-arrays',
    'rival-postmessage-packed',
    'rival-disruptor-blocking',
    'rival-disruptor-sleeping',
    'rival-disruptor-yielding',
    'rival-disruptor-busy-spin',
    'rival-kafka',
    'rival-kafka-node',
    'rival-redis',
    'rival-bullmq',
    'rival-broadcast-channel',
    'rival-ringbuf',
    'rival-fastq',
    'rpc-1p1c',
  ],
  producer: producerBy('shared'),
  consumer: consume,
})
