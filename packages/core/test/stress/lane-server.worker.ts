/**
 * A partition worker's thread: serves one lane until the producer has closed it, or until it is to be
 * killed. Then it stands still after one of its atomic writes, and says so.
 */
import { Doorbell } from '@ringlog/core'
import { seededRandom } from '@ringlog/test-kit'
import { parentPort, workerData } from 'node:worker_threads'
import { dawdleAroundAtomics, freezeAfterAtomicWrite } from './atomics-yielding.ts'
import { LaneServer } from './lane-server.ts'

export interface LaneServerData {
  ring: SharedArrayBuffer
  memory: SharedArrayBuffer
  seed: number
  /** The atomic write after which it is to be killed. */
  lastWrite: number
  ownDoorbell: SharedArrayBuffer
  producerDoorbell: SharedArrayBuffer
}

const data = workerData as LaneServerData
dawdleAroundAtomics(seededRandom(data.seed + data.lastWrite))
freezeAfterAtomicWrite(data.lastWrite, () => parentPort!.postMessage('frozen'))
new LaneServer({
  ...data,
  ownDoorbell: new Doorbell(data.ownDoorbell),
  producerDoorbell: new Doorbell(data.producerDoorbell),
  // It does not die by itself: that is done to it.
  random: () => 1,
}).run()
