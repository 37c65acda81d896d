import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { LatencyHistogram, type LatencyMicros } from '../metrics/latency-histogram.ts'
import { patternValue } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from '../roles/producing.ts'

interface Synced {
  readonly finishedAtMs: number
  readonly latency: LatencyMicros
}

async function write(context: RoleContext<{ path: string }>): Promise<Synced> {
  const descriptor = openSync(context.data.path, 'w')
  const value = patternValue(context.number('recordSizeBytes'), 0)
  const writeMore = (count: number): LatencyMicros => {
    const latency = new LatencyHistogram()
    for (let i = 0; i < count; i++) {
      const calledAtMs = context.nowMs()
      writeSync(descriptor, value)
      fdatasyncSync(descriptor)
      latency.record(context.nowMs() - calledAtMs)
    }
    return latency.summary()
  }
  await context.warmUp(async () => void writeMore(lapOf(context.number('records'))))
  await context.sync(WARM)
  const latency = writeMore(context.number('records'))
  const finishedAtMs = context.nowMs()
  closeSync(descriptor)
  return { finishedAtMs, latency }
}

/** What a record costs at the least that is on disk before the next is written. */
export default defineScenario({
  name: 'limit-sync',
  description: 'bare writes of a record to a file, each synced before the next',
  isDefault: false,
  parameters: { records: 10_000, recordSizeBytes: 100 },
  roles: { writer: write },
  run: async (stage) => {
    await using directory = await makeDataDirectory()
    const writing = stage.start<Synced>('writer', { path: join(directory.path, 'file') })
    const records = stage.number('records')
    await stage.warmUp(lapOf(records))
    const startedAtMs = await stage.sync(WARM)
    const { finishedAtMs, latency } = await writing.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    const elapsedMs = finishedAtMs - startedAtMs
    return {
      records,
      elapsedMs,
      cpuMicros,
      latency,
      figures: { meanMicros: (elapsedMs * 1000) / records },
    }
  },
})
