/** The entry of a partition's thread. `PartitionHost` starts it, with a `PartitionStart`. */
import { workerData } from 'node:worker_threads'
import { PartitionWorker } from './partition-worker.ts'
import type { PartitionStart } from './partition-start.ts'

new PartitionWorker(workerData as PartitionStart)
