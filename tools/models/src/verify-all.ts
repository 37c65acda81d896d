import { availableParallelism } from 'node:os'
import { MUTANTS, type Mutant } from './mutants.ts'
import type { PanOutput } from './pan-output.ts'
import { formulasOf, verify } from './spin.ts'

/** One row of what is printed. */
interface Job {
  readonly model: string
  readonly mutant: string
  readonly property: string
  readonly run: () => Promise<Verdict>
}

export interface Verdict {
  readonly isExpected: boolean
  /** For the reader. */
  readonly found: string
  readonly states: number
}

/** Verifies the models, which must hold, and their mutants, which must not; prints a table. */
export async function verifyAll(models: readonly string[]): Promise<boolean> {
  const startMs = performance.now()
  const jobs = (await Promise.all(models.map(jobsOf))).flat()
  let isGood = true
  const lines = await inParallel(jobs, async ({ model, mutant, property, run }) => {
    const { isExpected, found, states } = await run()
    isGood &&= isExpected
    const columns = [model.padEnd(9), mutant.padEnd(36), property.padEnd(34)]
    return `${isExpected ? 'ok  ' : 'BAD '} ${columns.join(' ')} ${String(states).padStart(9)}  ${found}`
  })
  console.log(lines.join('\n'))
  const seconds = Math.round((performance.now() - startMs) / 1000)
  console.log(
    `${jobs.length} verifications in ${seconds} s: ${isGood ? 'all as they must be' : 'BAD'}`,
  )
  return isGood
}

async function jobsOf(model: string): Promise<Job[]> {
  const formulas = await formulasOf(model)
  const whole = [null, ...formulas].map((property): Job => ({
    model,
    mutant: '',
    property: property ?? 'checks, ends, reach',
    run: async () =>
      modelVerdict(property !== null, await verify({ model, mutant: null, property })),
  }))
  const mutants = MUTANTS.filter((row) => row.model === model).map((row): Job => ({
    model,
    mutant: row.mutant,
    property: row.fails,
    run: async () => {
      const output = await verify({ ...row, property: row.fails })
      return mutantVerdict(row, formulas.includes(row.fails), output)
    },
  }))
  return [...whole, ...mutants]
}

/** A model must hold, whole; a verification that was cut short shows nothing. */
export function modelVerdict(isFormula: boolean, output: PanOutput): Verdict {
  const { errors, isComplete, unreached, states } = output
  const faults = [
    ...(errors === 0 ? [] : [`fails: ${failureOf(output) ?? 'unknown'}`]),
    ...(isComplete ? [] : ['was not searched to the end']),
    // A formula is followed only for as long as it may still fail.
    ...(isFormula ? [] : unreached).map((statement) => `never reaches ${statement}`),
  ]
  return { isExpected: faults.length === 0, found: faults.join('; ') || 'holds', states }
}

/** A mutant must fail, by the property that the table names. */
export function mutantVerdict(
  { fails, invariants }: Mutant,
  isFormula: boolean,
  output: PanOutput,
): Verdict {
  const { states } = output
  const found = isFormula && output.hasAcceptanceCycle ? fails : failureOf(output)
  if (found === fails)
    return { isExpected: true, found: `fails (${invariants.join(', ')})`, states }
  return { isExpected: false, found: found === null ? 'does not fail' : `fails: ${found}`, states }
}

function failureOf(output: PanOutput): string | null {
  if (output.failedCheck !== null) return output.failedCheck
  if (output.hasInvalidEnd) return 'somebody stops in the middle'
  return output.hasAcceptanceCycle ? 'the formula' : null
}

/** As many at a time as there are cores. */
async function inParallel<T, R>(items: readonly T[], make: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const take = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      results[index] = await make(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, take))
  return results
}
