import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { ONE_OF_EACH, pipelineScenario } from './pipeline.ts'

/** As `disk-1p1c`, but acknowledged and visible only once it is synced. */
export default pipelineScenario({
  name: 'disk-1p1c-synced',
  description: 'as shared-1p1c, on disk: acknowledged once it is synced (flushMessages 1)',
  isDefault: false,
  records: 2_000_000,
  topology: { ...ONE_OF_EACH, disk: { flushMessages: 1 } },
  comparedWith: ['shared-1p1c', 'disk-1p1c'],
  producer: producerBy('shared'),
  consumer: consume,
})
