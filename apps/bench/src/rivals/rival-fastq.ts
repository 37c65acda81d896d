import { defineScenario } from '../define-scenario.ts'
import { StampChecker, assertTally, expectedTally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { StampedValues, inPortions } from './stamped-values.ts'

/** So many wait in the queue at a time. */
const QUEUED = 1_000

/** A queue within one thread: what a record costs that goes nowhere. */
export default defineScenario({
  name: 'rival-fastq',
  description:
    'fastq: a queue within one thread, a promise per record, 1,000 queued, one after the other',
  isDefault: false,
  packages: ['fastq'],
  parameters: { records: 2_000_000, recordSizeBytes: 100 },
  fixed: { producers: 1, consumers: 1 },
  roles: {},
  run: async (stage) => {
    const { default: fastq } = await import('fastq')
    const records = stage.number('records')
    const lapRecords = lapOf(records)
    const values = new StampedValues(stage.number('recordSizeBytes'))
    const checker = new StampChecker(stage.number('recordSizeBytes'), 1)
    const queue = fastq.promise(
      async (value: Uint8Array) => checker.check(value, 0, value.length),
      1,
    )
    const handleMore = async (count: number): Promise<void> => {
      for (const portion of inPortions(count, QUEUED)) {
        await Promise.all(values.next(portion).map((value) => queue.push(value)))
      }
    }
    await stage.warmUp(lapRecords, { lap: () => handleMore(lapRecords) })
    const warmUpRecords = checker.count
    const startedAtMs = await stage.sync('warm')
    await handleMore(records)
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    assertTally([checker.tally], [expectedTally(0, warmUpRecords + records)])
    const bytes = records * stage.number('recordSizeBytes')
    return { records, bytes, elapsedMs, cpuMicros }
  },
})
