/** Makes changes and rings for each, with pauses of random length between them. */
import { Doorbell } from '@ringlog/core'
import { seededRandom } from '@ringlog/test-kit'
import { parentPort, workerData } from 'node:worker_threads'

export interface RingerData {
  rings: number
  seed: number
  /** Whether each change waits for the waiter to have seen the one before. */
  isInTurns: boolean
  /**
   * Int32 words: 0 the changes of all ringers, 1 set to 1 when they may start, 2 the count that the
   * waiter has seen.
   */
  words: SharedArrayBuffer
  doorbell: SharedArrayBuffer
}

const { rings, seed, isInTurns, words, doorbell } = workerData as RingerData
const shared = new Int32Array(words)
const bell = new Doorbell(doorbell)
const random = seededRandom(seed)

parentPort!.postMessage('ready')
Atomics.wait(shared, 1, 0)
for (let ring = 0; ring < rings; ring++) {
  const seenFirst = isInTurns ? ring : 0
  while (Atomics.load(shared, 2) < seenFirst) Atomics.load(shared, 1)
  for (let spins = random() * 300; spins > 0; spins--) Atomics.load(shared, 1)
  Atomics.add(shared, 0, 1)
  bell.ring()
}
