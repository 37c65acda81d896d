import { consumeByDefault } from '../roles/consuming.ts'
import { produceByDefault } from '../roles/producing.ts'
import { DEFAULT_CONFIG_PARAMETERS, pipelineScenario } from './pipeline.ts'

/** Of 100 bytes: 1 GiB. */
const RECORDS = Math.ceil(2 ** 30 / 100)

export default pipelineScenario({
  name: 'assign-1gib',
  description: 'as group-1gib, but the consumer is assigned the partition',
  isDefault: false,
  parameters: DEFAULT_CONFIG_PARAMETERS,
  records: RECORDS,
  producer: produceByDefault,
  consumer: consumeByDefault,
})
