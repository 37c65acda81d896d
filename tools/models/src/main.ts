import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants.ts'
import { missingPrograms, trailOf } from './spin.ts'
import { readableTrail } from './trail.ts'
import { verifyAll } from './verify-all.ts'

const USAGE = 'npm run models [-- --model NAME | -- --trail MODEL MUTANT]'

/** Whether everything is as the table of mutants says. */
async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    options: { trail: { type: 'boolean' }, model: { type: 'string' } },
    allowPositionals: true,
  })
  const missing = await missingPrograms()
  if (missing.length > 0) {
    console.error(`models need ${missing.join(' and ')}: apt-get install spin gcc`)
    return false
  }
  if (values.trail === true) return printTrail(positionals)
  const models = [...new Set(MUTANTS.map(({ model }) => model))]
  const chosen = models.filter((model) => values.model === undefined || model === values.model)
  if (chosen.length > 0 && positionals.length === 0) return verifyAll(chosen)
  console.error(`${USAGE}; models: ${models.join(', ')}`)
  return false
}

/** Prints how a mutant fails; where that is a check, in the fewest steps. */
async function printTrail([model, name]: string[]): Promise<boolean> {
  const found = MUTANTS.find((row) => row.model === model && row.mutant === name)
  if (found === undefined) {
    const all = MUTANTS.map((row) => `${row.model} ${row.mutant}`).join('\n')
    console.error(`${USAGE}; mutants:\n${all}`)
    return false
  }
  const trail = await trailOf({ ...found, property: found.fails })
  console.log(trail === null ? '' : readableTrail(trail))
  console.log(trail === null ? 'it does not fail' : `fails: ${found.fails}`)
  return trail !== null
}

process.exitCode = (await main()) ? 0 : 1
