import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { DISK_TOPIC, fillLog } from './log-on-disk.ts'

/** Small rings, so that little memory is touched that the start does not need. */
const RING_BYTES = 1024 * 1024

/** How long a directory takes to start that was left cleanly. */
export default defineScenario({
  name: 'disk-start',
  description: 'Broker.start after a clean end, with 100 partitions on disk',
  isDefault: false,
  parameters: { partitions: 100, records: 1_000_000, recordSizeBytes: 100, batchSizeBytes: 16_384 },
  roles: {},
  run: async (stage) => {
    await using directory = await makeDataDirectory()
    const options = { dataDirectory: directory.path }
    const partitions = stage.number('partitions')
    const filled = await Broker.start(options)
    await filled.createTopic(DISK_TOPIC, { partitions, ringBytes: RING_BYTES })
    await fillLog(filled, stage)
    await filled.close()

    const startedAtMs = await stage.sync('closed')
    const broker = await Broker.start(options)
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    const offsets = await broker.offsets(DISK_TOPIC)
    const records = offsets.reduce((sum, { endOffset }) => sum + endOffset, 0)
    const sent = stage.number('records')
    if (records !== sent) throw new Error(`the logs hold ${records} records, sent ${sent}`)
    await broker.close()
    return {
      records,
      elapsedMs,
      cpuMicros,
      figures: { startMs: elapsedMs, startCpuMs: cpuMicros / 1000 },
    }
  },
})
