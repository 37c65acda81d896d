import { BATCH_ALIGNMENT_BYTES, alignUp } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { LeaderEpochs } from '../../src/consumer/leader-epochs.ts'
import { batchAt, concat } from './batches.ts'

const before = (epochs: LeaderEpochs, ...offsets: number[]): number[] =>
  offsets.map((offset) => epochs.before(offset))

function aligned(batch: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(alignUp(batch.length, BATCH_ALIGNMENT_BYTES))
  bytes.set(batch)
  return bytes
}

test('epochs are known of what was read without a gap, up to where it was read', () => {
  const epochs = new LeaderEpochs()
  expect(before(epochs, 0, 5)).toEqual([-1, -1])
  epochs.note(10, 20, 1)
  epochs.note(20, 30, 1)
  epochs.note(30, 40, 4)
  expect(before(epochs, 10, 11, 30, 31, 40, 41)).toEqual([-1, 1, 1, 4, 4, -1])

  epochs.note(100, 110, 6) // between them may have been a leader that was never heard of
  expect(before(epochs, 40, 100, 101, 110)).toEqual([-1, -1, 6, 6])

  epochs.note(10, 20, 1) // read again
  expect(before(epochs, 20, 21, 110)).toEqual([1, -1, -1])
})

test('epochs are known of batches that were copied', () => {
  const epochs = new LeaderEpochs()
  const batches = [
    batchAt(3, ['a', 'b'], { leaderEpoch: 5 }),
    batchAt(5, ['c'], { leaderEpoch: 5 }),
    batchAt(6, ['d'], { leaderEpoch: 7 }),
  ]
  epochs.noteAll(concat(...batches.map(aligned)))
  expect(before(epochs, 3, 4, 6, 7, 8)).toEqual([-1, 5, 5, 7, -1])
})
