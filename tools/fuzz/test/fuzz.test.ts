import { SEED } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { FuzzRun } from '../src/runner/fuzz-run.ts'
import { TARGETS } from '../src/targets/all-targets.ts'

const RUN_MS = 1_000
const MAX_INPUTS = 20_000

test.each(Object.keys(TARGETS))('%s keeps its promises for a second', async (name) => {
  const run = new FuzzRun(TARGETS[name]!.make(), SEED)
  await run.go({ inputs: MAX_INPUTS, untilMs: performance.now() + RUN_MS })
  expect(run.failure, `seed ${SEED}, after ${run.inputs} inputs`).toBeNull()
  expect(run.outcomes.size).toBeGreaterThan(1)
})
