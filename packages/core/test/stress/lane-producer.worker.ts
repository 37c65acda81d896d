/** A producer's thread: sends through a lane, and holds every answer against what was to come. */
import { Doorbell } from '@ringlog/core'
import { seededRandom } from '@ringlog/test-kit'
import { parentPort, workerData } from 'node:worker_threads'
import { dawdleAroundAtomics } from './atomics-yielding.ts'
import { LaneProducer } from './lane-producer.ts'

export interface LaneProducerData {
  memory: SharedArrayBuffer
  seed: number
  total: number
  ownDoorbell: SharedArrayBuffer
  workerDoorbell: SharedArrayBuffer
  resetsAtOnce: boolean
}

const data = workerData as LaneProducerData
dawdleAroundAtomics(seededRandom(data.seed + 1))
const producer = new LaneProducer({
  ...data,
  ownDoorbell: new Doorbell(data.ownDoorbell),
  workerDoorbell: new Doorbell(data.workerDoorbell),
})
producer.run()
parentPort!.postMessage(producer.offsets)
