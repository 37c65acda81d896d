/** A sync thread that ends, with 3, once it is asked for something. */
import { workerData } from 'node:worker_threads'
import { SyncSlot, type SyncThreadStart } from '../src/sync-thread/sync-slot.ts'

const slot = new SyncSlot((workerData as SyncThreadStart).memory)
slot.doorbell.waitSync(() => slot.isUnderWay)
process.exit(3)
