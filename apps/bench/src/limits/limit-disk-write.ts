import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { WARM } from '../roles/producing.ts'
import { encodedChunk } from './encoded-batch.ts'

/** As the storage thread has a topic synced that says nothing of it. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024

interface Written {
  readonly records: number
  readonly finishedAtMs: number
}

async function write(context: RoleContext<{ path: string }>): Promise<Written> {
  const chunk = encodedChunk(context)
  const descriptor = openSync(context.data.path, 'w')
  let filePosition = 0
  let syncedBytes = 0
  let records = 0
  await context.sync(WARM)
  const endMs = context.nowMs() + context.number('durationMs')
  while (context.nowMs() < endMs) {
    filePosition += writeSync(descriptor, chunk.bytes, 0, chunk.bytes.length, filePosition)
    records += chunk.records
    if (filePosition - syncedBytes < SYNC_EVERY_BYTES) continue
    fdatasyncSync(descriptor)
    syncedBytes = filePosition
  }
  const finishedAtMs = context.nowMs()
  closeSync(descriptor)
  return { records, finishedAtMs }
}

/** What the disk takes of the same batches, from one loop that looks at none of them. */
export default defineScenario({
  name: 'limit-disk-write',
  description: 'bare writes of a MiB of batches to a file, with a sync every 32 MiB',
  isDefault: false,
  parameters: { durationMs: 12_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  roles: { writer: write },
  run: async (stage) => {
    await using directory = await makeDataDirectory()
    const writing = stage.start<Written>('writer', { path: join(directory.path, 'file') })
    const startedAtMs = await stage.sync(WARM)
    const { records, finishedAtMs } = await writing.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    const bytes = records * stage.number('recordSizeBytes')
    return { records, bytes, elapsedMs: finishedAtMs - startedAtMs, cpuMicros }
  },
})
