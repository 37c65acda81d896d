/** Appends to a ring as fast as it can, evicting as it goes, until told to stop. */
import { RingLogWriter } from '@ringlog/core'
import { seededRandom } from '@ringlog/test-kit'
import { parentPort, workerData } from 'node:worker_threads'
import { patternBatch } from './pattern-batch.ts'

export interface RingWriterData {
  memory: SharedArrayBuffer
  /** Word 0: 1 means stop. */
  stop: SharedArrayBuffer
  seed: number
  /** Batches have from 1 to so many bytes of value. */
  maxValueBytes: number
}

const { memory, stop, seed, maxValueBytes } = workerData as RingWriterData
const writer = new RingLogWriter(memory)
const stopWord = new Int32Array(stop)
const random = seededRandom(seed)

parentPort!.postMessage('ready')
while (Atomics.load(stopWord, 0) === 0) {
  const valueBytes = 1 + Math.floor(random() * maxValueBytes)
  const batch = patternBatch(writer.endOffset, valueBytes, 1 + Math.floor(random() * 3))
  writer.makeRoom(batch.length, Infinity)
  writer.append(batch)
}
parentPort!.postMessage(writer.endOffset)
