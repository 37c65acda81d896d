import { consume } from '../roles/consuming.ts'
import { produceByWriter } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'shared-1p1c-writer',
  description: 'shared-1p1c by a writer that is bound to the partition, without a record object',
  records: 10_000_000,
  comparedWith: [
    'limit-copy-pipeline',
    'rival-postmessage',
    'rival-postmessage-packed',
    'rival-disruptor-blocking',
    'rival-disruptor-yielding',
    'rival-kafka',
    'rival-redis',
    'shared-1p1c',
  ],
  producer: produceByWriter,
  consumer: consume,
})
