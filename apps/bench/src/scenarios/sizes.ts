import { consume } from '../roles/consuming.ts'
import { producerBy } from '../roles/producing.ts'
import { PIPELINE_PARAMETERS, pipelineScenario, runTopology } from './pipeline.ts'

/** Large values are fewer, so that a run does not take minutes. */
const MAX_TIMED_BYTES = 2 ** 31

export default pipelineScenario({
  name: 'sizes',
  description: 'shared-1p1c with values of 16 bytes to 64 KiB; 2 GiB of them at most',
  isDefault: false,
  parameters: PIPELINE_PARAMETERS,
  sweep: { recordSizeBytes: [16, 64, 256, 1_024, 4_096, 16_384, 65_536] },
  records: 5_000_000,
  producer: producerBy('shared'),
  consumer: consume,
  run: async (stage, topology) => {
    const mostRecords = Math.ceil(MAX_TIMED_BYTES / stage.number('recordSizeBytes'))
    const records = Math.min(stage.number('records'), mostRecords)
    return (await runTopology(stage, topology, { records })).measurement
  },
})
