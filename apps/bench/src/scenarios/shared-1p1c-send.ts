import { consumeRecords } from '../roles/consuming.ts'
import { sendAll } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'shared-1p1c-send',
  description: 'a promise a record, all awaited; polled as records',
  isDefault: false,
  records: 2_000_000,
  comparedWith: ['rival-postmessage', 'rival-postmessage-arrays'],
  producer: sendAll,
  consumer: consumeRecords,
})
