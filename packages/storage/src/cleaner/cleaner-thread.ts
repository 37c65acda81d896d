/** The entry of the cleaner, which the storage thread starts: a round for each message, one at a time. */
import '@ringlog/core/internal/storage' // it refuses a Node.js that is too old
import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { isSystemError } from '../file-system/file-system.ts'
import { nodeFileSystem } from '../file-system/node-file-system.ts'
import { cleanLog } from './clean-log.ts'
import type { CleanerAnswer, CleanerRequest, CleanerStart } from './cleaner-messages.ts'

const abandoned = new Int32Array((workerData as CleanerStart).abandoned)

parentPort!.on('message', (job: CleanerRequest) => {
  try {
    const result = cleanLog({
      fileSystem: nodeFileSystem,
      job,
      secret: randomBytes(16),
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
  }
})

function answer(what: CleanerAnswer): void {
  parentPort!.postMessage(what)
}
