/** The entry of the cleaner, which the storage thread starts: a round for each message, one at a time. */
import '@ringlog/core/internal/storage' // it refuses a Node.js that is too old
import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { isSystemError } from '../file-system/file-system.ts'
import { nodeFileSystem } from '../file-system/node-file-system.ts'
import { cleanLog } from './clean-log.ts'
import { CleaningMemory } from './cleaning-memory.ts'
import type { CleanerAnswer, CleanerRequest, CleanerStart } from './cleaner-messages.ts'

const memory = new CleaningMemory(nodeFileSystem, randomBytes(16))
const abandoned = new Int32Array((workerData as CleanerStart).abandoned)

parentPort!.on('message', (job: CleanerRequest) => {
  try {
    const result = cleanLog({
      fileSystem: nodeFileSystem,
      job,
      memory,
      assertWanted: () => {
        if (Atomics.load(abandoned, 0) !== 0) throw new Error('the round was abandoned') // INV-151
      },
      onCleaned: (segment) => answer({ type: 'cleaned', segment }),
    })
    answer({ type: 'ended', result })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const systemCode = isSystemError(error) ? (error.code ?? null) : null
    answer({ type: 'failed', fault: { message, systemCode } })
  } finally {
    memory.release()
  }
})

function answer(what: CleanerAnswer): void {
  parentPort!.postMessage(what)
}
