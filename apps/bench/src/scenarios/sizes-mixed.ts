import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { pipelineScenario } from './pipeline.ts'

/** As `shared-1p1c`, where no record looks like the one before. */
export default pipelineScenario({
  name: 'sizes-mixed',
  description: 'shared-1p1c with values of 20 to 400 bytes, at random from a seed',
  isDefault: false,
  parameters: { seed: 1, batchSizeBytes: 65_536, lingerMs: 0, wait: 'park' },
  records: 5_000_000,
  comparedWith: ['shared-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
