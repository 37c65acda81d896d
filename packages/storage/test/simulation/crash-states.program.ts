import { parseArgs } from 'node:util'
import { SEED } from '@ringlog/test-kit'
import { runCrashStates } from './crash-states.ts'

const { values } = parseArgs({ options: { states: { type: 'string', default: '50000' } } })
const states = Number(values.states)
if (!Number.isSafeInteger(states) || states < 1) {
  throw new Error(`--states must be a number of at least 1, got ${values.states}`)
}

process.stdout.write(`seed ${SEED}\n`)
const result = runCrashStates(states, SEED)
process.stdout.write(
  `${result.states} states recovered, ${result.crashedInRecovery} of them after a crash within: ` +
    `${result.failure ?? 'all as they must be'}\n`,
)
if (result.failure !== null) process.exitCode = 1
