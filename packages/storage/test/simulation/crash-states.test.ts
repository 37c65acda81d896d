import { SEED } from '@ringlog/test-kit'
import { describe, expect, it } from 'vitest'
import { runCrashStates } from './crash-states.ts'
import { MUTANTS } from './mutants.ts'

describe(`what the loss of power leaves, seed ${SEED}`, () => {
  it('is recovered: all that was synced, nothing that was not written, and no more than that', () => {
    const result = runCrashStates(2_000, SEED)
    expect(result.failure).toBeNull()
    expect(result.crashedInRecovery).toBeGreaterThan(200)
  })

  it.each(MUTANTS.filter((mutant) => mutant !== 'D-14'))('is not, without %s', (mutant) => {
    expect(runCrashStates(3_000, SEED, mutant).failure).not.toBeNull()
  })
})
