import { expect, test } from 'vitest'
import {
  ProducerTable,
  createProducerTableMemory,
  type BatchSequence,
} from '@ringlog/core/internal'
import { ProducerStates } from '../src/producer-state.ts'

const MAX_PRODUCERS = 10_000

test('forgets the producer that was unused for longest, once there are too many', () => {
  const table = new ProducerTable(createProducerTableMemory(), 0)
  const states = new ProducerStates(table, 'orders', 0)
  for (let producerId = 0; producerId < MAX_PRODUCERS; producerId++) {
    states.remember(batch(producerId, 0), producerId, -1)
  }
  states.remember(batch(0, 1), MAX_PRODUCERS, -1)
  expect(() => states.check(batch(1, 7))).toThrow('gap')

  states.remember(batch(MAX_PRODUCERS, 0), MAX_PRODUCERS + 1, -1)
  expect(states.check(batch(1, 7))).toBeNull() // forgotten: it may start anywhere
  for (const producerId of [0, 2, MAX_PRODUCERS - 1, MAX_PRODUCERS]) {
    expect(() => states.check(batch(producerId, 7))).toThrow('gap')
  }
})

function batch(producerId: number, baseSequence: number): BatchSequence {
  return { producerId, producerEpoch: 0, baseSequence, recordsCount: 1 }
}
