/** Owns a gate in a thread of its own: commits to each that it is given, or is gone before it rings. */
import { Doorbell, GateView, Grant } from '@ringlog/core/internal'
import { parentPort, workerData } from 'node:worker_threads'

export interface GateOwnerData {
  ring: SharedArrayBuffer
  doorbell: SharedArrayBuffer
  /** Word 0: the round that is to begin. Word 1: the round that is over. */
  turns: SharedArrayBuffer
}

export interface OwnedGate {
  round: number
  memory: SharedArrayBuffer
  offset: number
  /** As if the thread had ended after it had stored its offset. */
  isGone: boolean
}

const { ring, doorbell, turns } = workerData as GateOwnerData
const words = new Int32Array(turns)
const workerDoorbell = new Doorbell(doorbell)

parentPort!.on('message', ({ round, memory, offset, isGone }: OwnedGate) => {
  const grant = new Grant(memory, ring, workerDoorbell)
  const view = new GateView(memory)
  parentPort!.postMessage(round)
  while (Atomics.load(words, 0) < round);
  if (isGone) view.committedWord = offset
  else grant.commit(offset)
  Atomics.store(words, 1, round)
})
