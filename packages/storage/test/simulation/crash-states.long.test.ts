import { SEED } from '@ringlog/test-kit'
import { expect, it } from 'vitest'
import { runCrashStates } from './crash-states.ts'

it(`what the loss of power leaves is not recovered without D-14, seed ${SEED}`, () => {
  // It takes two crashes, each of them within a round of the cleaner.
  expect(runCrashStates(50_000, SEED, 'D-14').failure).not.toBeNull()
}, 300_000)
