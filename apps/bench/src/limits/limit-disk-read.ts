import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from '../roles/producing.ts'
import { encodedChunk } from './encoded-batch.ts'

interface Task {
  readonly path: string
  readonly lapChunks: number
  readonly chunks: number
}

async function read(context: RoleContext<Task>): Promise<number> {
  const { path, lapChunks, chunks } = context.data
  const { bytes } = encodedChunk(context)
  const descriptor = openSync(path, 'w+')
  for (let i = 0; i < chunks; i++) writeSync(descriptor, bytes)
  const readAll = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const length = readSync(descriptor, bytes, 0, bytes.length, i * bytes.length)
      if (length !== bytes.length) throw new Error(`read ${length} of ${bytes.length} bytes`)
    }
  }
  await context.warmUp(async () => readAll(lapChunks))
  await context.sync(WARM)
  readAll(chunks)
  const finishedAtMs = context.nowMs()
  closeSync(descriptor)
  return finishedAtMs
}

/** What a file that the system has in its memory gives of the same batches, to one loop that looks at none of them. */
export default defineScenario({
  name: 'limit-disk-read',
  description: 'bare reads of a MiB of batches from a file that is in the page cache',
  isDefault: false,
  parameters: { records: 10_000_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  roles: { reader: read },
  run: async (stage) => {
    await using directory = await makeDataDirectory()
    const chunkRecords = encodedChunk(stage).records
    const chunks = Math.ceil(stage.number('records') / chunkRecords)
    const lapChunks = lapOf(chunks)
    const task: Task = { path: join(directory.path, 'file'), lapChunks, chunks }
    const reading = stage.start<number>('reader', task)
    await stage.warmUp(lapChunks * chunkRecords)
    const startedAtMs = await stage.sync(WARM)
    const finishedAtMs = await reading.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    const records = chunks * chunkRecords
    const bytes = records * stage.number('recordSizeBytes')
    return { records, bytes, elapsedMs: finishedAtMs - startedAtMs, cpuMicros }
  },
})
