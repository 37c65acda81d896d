import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { ONE_OF_EACH, PIPELINE_PARAMETERS, pipelineScenario } from './pipeline.ts'

/** Three threads, and five: how a thread waits matters most where there are more than cores. */
export default pipelineScenario({
  name: 'wait-strategies',
  description: 'each wait strategy with one and with three producers, one partition, one consumer',
  isDefault: false,
  topology: ONE_OF_EACH,
  parameters: { ...PIPELINE_PARAMETERS, producers: 1 },
  sweep: { wait: ['park', 'spinThenPark', 'busySpin'], producers: [1, 3] },
  records: 1_500_000,
  producer: producerBy('shared'),
  consumer: consume,
})
