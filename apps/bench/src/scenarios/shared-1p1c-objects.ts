import { consumeRecords } from '../roles/consuming.ts'
import { produceObjects } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'shared-1p1c-objects',
  description:
    'string keys and Buffer values by write, polled as records, every key and value touched',
  isDefault: false,
  records: 5_000_000,
  comparedWith: ['rival-postmessage', 'rival-postmessage-arrays'],
  producer: produceObjects,
  consumer: consumeRecords,
})
