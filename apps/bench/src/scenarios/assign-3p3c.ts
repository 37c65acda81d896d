import { consumeByDefault } from '../roles/consuming.ts'
import { produceByDefault } from '../roles/producing.ts'
import { DEFAULT_CONFIG_PARAMETERS, pipelineScenario } from './pipeline.ts'

export default pipelineScenario({
  name: 'assign-3p3c',
  description: 'as group-3p3c, but each consumer is assigned its partition',
  isDefault: false,
  topology: { producers: 3, partitions: 3, consumers: 3 },
  parameters: DEFAULT_CONFIG_PARAMETERS,
  records: 6_000_000,
  producer: produceByDefault,
  consumer: consumeByDefault,
})
