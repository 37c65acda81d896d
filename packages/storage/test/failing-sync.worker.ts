/** A sync thread whose every sync fails. */
import { Doorbell } from '@ringlog/core/internal/storage'
import { workerData } from 'node:worker_threads'
import { SyncSlot, type SyncThreadStart } from '../src/sync-thread/sync-slot.ts'

const { memory, storageDoorbell } = workerData as SyncThreadStart
const slot = new SyncSlot(memory)
const storage = new Doorbell(storageDoorbell)
for (;;) {
  slot.doorbell.waitSync(() => slot.isUnderWay)
  slot.answer('EIO: i/o error, fdatasync')
  storage.ring()
}
