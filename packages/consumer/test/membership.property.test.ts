import fc from 'fast-check'
import { test } from 'vitest'
import { MembershipRun } from './membership-model.ts'
import { PARTITIONS, behaviour, operation } from './membership-program.ts'

test('a member, its group and its listener agree, whatever the listener does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('earliest' as const, 'latest' as const),
      fc.array(behaviour, { maxLength: 12 }),
      fc.array(operation, { minLength: 5, maxLength: 60, size: 'max' }),
      async (autoOffsetReset, behaviours, operations) => {
        using run = new MembershipRun(behaviours, autoOffsetReset)
        for (let p = 0; p < PARTITIONS; p++) run.log.give(p)
        await run.carryOut({ kind: 'subscribe', isAwaited: true })
        for (const op of operations) await run.carryOut(op)
        await run.end()
      },
    ),
    { numRuns: 300 },
  )
})
