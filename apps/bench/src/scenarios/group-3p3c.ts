import { consumeInGroup } from '../roles/consuming.ts'
import { produceByDefault } from '../roles/producing.ts'
import { DEFAULT_CONFIG_PARAMETERS, pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'group-3p3c',
  description:
    'three producers, three partitions, three members of a group, auto-commit; default configuration',
  isDefault: false,
  topology: { producers: 3, partitions: 3, consumers: 3 },
  parameters: DEFAULT_CONFIG_PARAMETERS,
  records: 6_000_000,
  comparedWith: ['assign-3p3c'],
  producer: produceByDefault,
  consumer: consumeInGroup,
})
