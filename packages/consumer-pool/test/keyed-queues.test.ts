import type { ConsumerRecord } from '@ringlog/consumer'
import { expect, test } from 'vitest'
import { KeyedQueues, type KeyedQueue } from '../src/handling/keyed-queues.ts'

/** A polled record, whose hash is chosen; without a key where that is `null`. */
function recordOf(key: string | null, hash: number): ConsumerRecord {
  const record = {
    name: key,
    keyHash: key === null ? null : hash,
    hasKeyOf: (other: { name: string | null }) => key !== null && other.name === key,
  }
  return record as unknown as ConsumerRecord
}

function queueOf(record: ConsumerRecord): KeyedQueue {
  return { record, hash: null, nextOfHash: null, push: () => undefined }
}

test('a record finds the queue of its key, also where keys have one hash', () => {
  const queues = new KeyedQueues('key')
  const records = ['a', 'b', 'c'].map((key) => recordOf(key, 7))
  const [a, b, c] = records.map(queueOf) as [KeyedQueue, KeyedQueue, KeyedQueue]
  const found = (): Array<KeyedQueue | null> => records.map((record) => queues.find(record))
  for (const queue of [a, b, c]) queues.hold(queue)
  expect(found()).toEqual([a, b, c])
  expect(queues.find(recordOf('d', 7))).toBe(null)
  expect(queues.find(recordOf('a', 8))).toBe(null)
  queues.drop(b) // between two
  expect(found()).toEqual([a, null, c])
  queues.drop(c) // the first of them
  expect(found()).toEqual([a, null, null])
  queues.hold(c)
  queues.drop(a) // the last of them
  expect(found()).toEqual([null, null, c])
  queues.drop(c)
  expect(queues.isEmpty).toBe(true)
  queues.drop(c) // which changes nothing
})

test('a record without a key waits behind none, and none behind it', () => {
  const queues = new KeyedQueues('key')
  const queue = queueOf(recordOf(null, 0))
  queues.hold(queue)
  expect(queues.isEmpty).toBe(true)
  expect(queues.find(recordOf(null, 0))).toBe(null)
  queues.drop(queue)
})

test('by partition all wait behind one queue', () => {
  const queues = new KeyedQueues('partition')
  const queue = queueOf(recordOf(null, 0))
  queues.hold(queue)
  expect(queues.find(recordOf('a', 7))).toBe(queue)
  expect(queues.find(recordOf(null, 0))).toBe(queue)
  queues.drop(queue)
  expect(queues.find(recordOf('a', 7))).toBe(null)
})
