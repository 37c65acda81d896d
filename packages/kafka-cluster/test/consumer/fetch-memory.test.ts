import { expect, test } from 'vitest'
import { FetchMemory } from '../../src/consumer/fetch-memory.ts'

const KIBIBYTE = 1024
const MEBIBYTE = 1024 * KIBIBYTE

test('memory that was given back is used again: for each of many partitions', () => {
  const memory = new FetchMemory()
  const pieces = Array.from({ length: 200 }, () => memory.take(10 * KIBIBYTE))
  for (const piece of pieces) memory.giveBack(piece)
  const again = new Set(pieces.map(() => memory.take(10 * KIBIBYTE)))
  expect(again).toEqual(new Set(pieces))
})

test('a small answer leaves the large memory to a large one', () => {
  const memory = new FetchMemory()
  const large = memory.take(MEBIBYTE)
  const small = memory.take(100 * KIBIBYTE)
  memory.giveBack(large)
  memory.giveBack(small)
  expect(memory.take(80 * KIBIBYTE)).toBe(small)
  expect(memory.take(MEBIBYTE)).toBe(large)
})

test('no more than 16 MiB are kept for later', () => {
  const memory = new FetchMemory()
  const pieces = Array.from({ length: 20 }, () => memory.take(MEBIBYTE))
  for (const piece of pieces) memory.giveBack(piece)
  const again = pieces.map(() => memory.take(MEBIBYTE))
  expect(again.filter((piece) => pieces.includes(piece))).toHaveLength(16)
})
