import { SEED } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { expectSameAsPlain } from './walked-like-plain.ts'

test(`cursor and validator find in a hundred thousand batches what is found number by number (seed ${SEED})`, () => {
  for (let round = 0; round < 5; round++) {
    const counts = expectSameAsPlain(SEED + round, 200, 100)
    expect(counts.good).toBeGreaterThan(1000)
    expect(counts.malformed).toBeGreaterThan(5000)
  }
}, 300_000)
