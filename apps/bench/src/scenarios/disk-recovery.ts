import { closeSync, openSync, readSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { DISK_TOPIC, diskTotals, fillLog } from './log-on-disk.ts'

const MEBIBYTE = 1024 * 1024
/** Without these a directory is that of a machine that lost power before anything was synced. */
const SESSION_FILES = ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint']

/** A start after a crash that checks every batch of a GiB, which is in the page cache; then one after a clean end. */
export default defineScenario({
  name: 'disk-recovery',
  description:
    'Broker.start after a crash: a GiB in batches of 16 KiB is checked, from the page cache',
  isDefault: false,
  parameters: { records: 10_000_000, recordSizeBytes: 100, batchSizeBytes: 16_384 },
  fixed: { partitions: 1 },
  roles: {},
  run: async (stage) => {
    await using directory = await makeDataDirectory()
    const options = { dataDirectory: directory.path }
    const filled = await Broker.start(options)
    await filled.createTopic(DISK_TOPIC, { segmentBytes: 2 * 1024 * MEBIBYTE - 1 })
    await fillLog(filled, stage)
    const { sizeBytes } = await diskTotals(filled)
    await filled.close()
    for (const name of SESSION_FILES) await rm(join(directory.path, name))
    const log = join(directory.path, `${DISK_TOPIC}-0`, `${'0'.repeat(20)}.log`)
    const bareReadMs = timeOfReading(log, () => stage.nowMs())

    const startedAtMs = await stage.sync('crashed')
    const recovered = await Broker.start(options)
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    const records = stage.number('records')
    const { endOffset } = await diskTotals(recovered)
    if (endOffset !== records) throw new Error(`the log ends at ${endOffset}, sent ${records}`)
    await recovered.close()

    const cleanAtMs = stage.nowMs()
    const clean = await Broker.start(options)
    const cleanStartMs = stage.nowMs() - cleanAtMs
    await clean.close()
    return {
      records,
      bytes: sizeBytes,
      elapsedMs,
      cpuMicros,
      figures: {
        recoveryMs: elapsedMs,
        recoveryMsPerGibibyte: (elapsedMs * 1024 * MEBIBYTE) / sizeBytes,
        cleanStartMs,
        bareReadMs,
      },
    }
  },
})

/** How long the system takes to give all of a file, a MiB at a time. */
function timeOfReading(path: string, nowMs: () => number): number {
  const descriptor = openSync(path, 'r')
  const chunk = new Uint8Array(MEBIBYTE)
  const startedAtMs = nowMs()
  while (readSync(descriptor, chunk) > 0) continue
  const elapsedMs = nowMs() - startedAtMs
  closeSync(descriptor)
  return elapsedMs
}
