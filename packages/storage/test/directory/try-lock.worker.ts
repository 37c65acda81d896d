import { parentPort, workerData } from 'node:worker_threads'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { DirectoryLock } from '../../src/directory/directory-lock.ts'

try {
  DirectoryLock.acquire(nodeFileSystem, workerData as string).release()
  parentPort!.postMessage('locked')
} catch (error) {
  parentPort!.postMessage((error as Error).message)
}
