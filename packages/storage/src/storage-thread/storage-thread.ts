/** The entry of the storage thread. `StorageHost` starts it, with a `StorageStart`. */
import { workerData } from 'node:worker_threads'
import type { StorageStart } from './storage-service.ts'
import { StorageWorker } from './storage-worker.ts'

new StorageWorker(workerData as StorageStart)
