/**
 * A producer in a thread of its own, which is ended while it writes: anywhere; or right before it
 * hands a batch over, whose bytes lie in its lane by then.
 */
import { Producer, connect } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'

export interface LaneProducerData {
  topic: string
  round: number
  /** Records that were acknowledged: the thread counts, the test looks. */
  acknowledged: SharedArrayBuffer
  /** The batch before whose handing over the thread stands still; `null`: it does not. */
  lastBatch: number | null
}

/** Of a lane: where the producer counts what it has handed over. */
const FRAME_COUNT_WORD = 128 / 4
const MIN_LANE_BYTES = 4096

const { topic, round, acknowledged, lastBatch } = workerData as LaneProducerData
const count = new Int32Array(acknowledged)
if (lastBatch !== null) standStillBefore(lastBatch)
const producer = new Producer(await connect(), { transport: 'shared', batchSizeBytes: 4_000 })
for (let i = 0; ; i++) {
  const value = `${round}:${i}:`.padEnd(20 + ((i * 37) % 900), '.')
  const sent = producer.send({ topic, value }).then(() => Atomics.add(count, 0, 1))
  if (i % 50 === 0) await sent
}

function standStillBefore(batch: number): void {
  const { store } = Atomics
  let batches = 0
  const storing = (words: Int32Array, word: number, value: number): number => {
    const isHandover = word === FRAME_COUNT_WORD && words.buffer.byteLength > MIN_LANE_BYTES
    if (isHandover && ++batches === batch) {
      parentPort!.postMessage('writing')
      Atomics.wait(count, 1, 0)
    }
    return store(words, word, value)
  }
  Object.assign(Atomics, { store: storing })
}
