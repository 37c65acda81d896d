/** Reads a ring that its writer laps, and throws where it is given anything but what was appended. */
import { seededRandom } from '@ringlog/test-kit'
import { hesitations } from './hesitant-copy.ts'
import {
  READ_NEEDS_LARGER_TARGET,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RingLogReader,
} from '@ringlog/core'
import { parentPort, workerData } from 'node:worker_threads'
import { verifyPattern } from './pattern-batch.ts'

export interface RingReaderData {
  memory: SharedArrayBuffer
  seed: number
  readForMs: number
}

export interface RingReaderOutcomes {
  whole: number
  lapped: number
  nothing: number
}

const { memory, seed, readForMs } = workerData as RingReaderData
const random = seededRandom(seed)

const target = new Uint8Array(memory.byteLength)
const outcomes: RingReaderOutcomes = { whole: 0, lapped: 0, nothing: 0 }

/**
 * Starts a fresh reader somewhere near the log's start, which sends it through the index, and reads
 * until it is lapped, or has read for a while.
 */
function readOn(): void {
  const reader = new RingLogReader(memory)
  const result = new ReadResult()
  const { logStartOffset, endOffset } = reader
  let offset = logStartOffset + Math.floor(random() ** 3 * (endOffset - logStartOffset))
  for (let reads = 0; reads < 50; reads++) {
    reader.read(offset, target, result)
    if (result.status === READ_NEEDS_LARGER_TARGET) throw new Error('the target was too small')
    if (result.status === READ_OUT_OF_RANGE) {
      outcomes.lapped++
      return
    }
    if (result.status !== READ_OK) {
      outcomes.nothing++
      continue
    }
    const next = verifyPattern(target, result.copiedBytes, offset)
    if (next !== result.nextOffset) throw new Error(`next=${next}, told ${result.nextOffset}`)
    outcomes.whole++
    offset = next
  }
}

// On a machine that is busy with other things it takes longer until both have happened often.
const until = performance.now() + readForMs
while (performance.now() < until || outcomes.whole <= 100 || outcomes.lapped <= 10) readOn()
if (hesitations.count === 0) throw new Error('nothing was copied hesitantly')
parentPort!.postMessage(outcomes)
