import { consumeInGroup } from '../roles/consuming.ts'
import { produceByDefault } from '../roles/producing.ts'
import { DEFAULT_CONFIG_PARAMETERS, pipelineScenario } from './pipeline.ts'

/** Of 100 bytes: 1 GiB. */
const RECORDS = Math.ceil(2 ** 30 / 100)

export default pipelineScenario({
  name: 'group-1gib',
  description: '1 GiB through one partition to a group, auto-commit; default configuration',
  isDefault: false,
  parameters: DEFAULT_CONFIG_PARAMETERS,
  records: RECORDS,
  comparedWith: ['assign-1gib'],
  producer: produceByDefault,
  consumer: consumeInGroup,
})
