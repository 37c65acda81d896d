import fc from 'fast-check'
import { test } from 'vitest'
import { MembershipRun } from './membership-model.ts'
import { PARTITIONS, behaviour, operation, type Operation } from './membership-program.ts'

/** The ring passes the position, a poll finds nothing more and commits that, and then there is a record. */
const RESET_AND_COMMITTED: Operation[] = [
  ...Array.from({ length: 5 }, () => append(1, 14_000)),
  { kind: 'poll', isAwaited: true },
  { kind: 'poll', isAwaited: false },
  { kind: 'tick' },
  append(0, 0),
  append(0, 0),
  append(1, 0),
]

function append(partition: number, bytes: 0 | 14_000): Operation {
  return { kind: 'append', partition, recordCount: 1, bytes }
}

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
    { numRuns: 300, examples: [['latest', [], RESET_AND_COMMITTED]] },
  )
})
