/**
 * Copying out of shared memory in two parts, with a while between them: as if the thread had been held
 * up just there. To be imported before what copies.
 */
import { seededRandom } from '@ringlog/test-kit'
import { workerData } from 'node:worker_threads'

export const hesitations = { count: 0 }

const random = seededRandom((workerData as { seed: number }).seed + 1)
const spinWord = new Int32Array(1)
// oxlint-disable-next-line unbound-method -- it is called with the bytes that it is to copy
const copy = Buffer.prototype.copy

Buffer.prototype.copy = function (
  this: Buffer,
  target: Uint8Array,
  targetStart = 0,
  sourceStart = 0,
  sourceEnd = this.length,
): number {
  if (!(this.buffer instanceof SharedArrayBuffer)) {
    return copy.call(this, target, targetStart, sourceStart, sourceEnd)
  }
  const part = (Math.floor(random() * (sourceEnd - sourceStart)) >> 3) << 3
  const first = copy.call(this, target, targetStart, sourceStart, sourceStart + part)
  for (let spins = random() * 3000; spins > 0; spins--) Atomics.load(spinWord, 0)
  hesitations.count++
  return first + copy.call(this, target, targetStart + part, sourceStart + part, sourceEnd)
}
