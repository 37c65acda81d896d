/**
 * The entry of a sync thread. It syncs what the storage thread that has started it asks for (`SyncSlot`), one request
 * after the other, until it is terminated. It has nothing else to do: it blocks, and its event loop never turns.
 */
import { Doorbell } from '@ringlog/core/internal/storage' // it refuses a Node.js that is too old
import { workerData } from 'node:worker_threads'
import { nodeFileSystem } from '../file-system/node-file-system.ts'
import { syncInOrder } from './sync-in-order.ts'
import { SyncSlot, type SyncThreadStart } from './sync-slot.ts'

const { memory, storageDoorbell } = workerData as SyncThreadStart
const slot = new SyncSlot(memory)
const storage = new Doorbell(storageDoorbell)
for (;;) {
  slot.doorbell.waitSync(() => slot.isUnderWay)
  slot.answer(syncInOrder(nodeFileSystem, slot.requested))
  storage.ring()
}
