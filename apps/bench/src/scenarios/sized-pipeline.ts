import type { Scenario } from '../define-scenario.ts'
import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { PIPELINE_PARAMETERS, pipelineScenario } from './pipeline.ts'

/**
 * `shared-1p1c` with values of another size, beside the limit of that size.
 *
 * @param size As it stands in the names of both scenarios.
 */
export function sizedPipeline(size: string, recordSizeBytes: number, records: number): Scenario {
  return pipelineScenario({
    name: `shared-1p1c-${size}`,
    description: `shared-1p1c with values of ${recordSizeBytes.toLocaleString('en')} bytes`,
    isDefault: false,
    parameters: { ...PIPELINE_PARAMETERS, recordSizeBytes },
    records,
    comparedWith: [`limit-copy-pipeline-${size}`],
    producer: producerBy('shared'),
    consumer: consume,
  })
}
