import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { TARGETS } from './targets/all-targets.ts'

/** What the user asked for. */
export interface FuzzCommand {
  readonly seed: number
  readonly targets: readonly string[]
  /** For all targets together, each its share. */
  readonly limit: { readonly seconds: number } | { readonly inputs: number }
  /** A file of a failure, to be run again. */
  readonly replay: string | null
}

const DEFAULT_SECONDS = 30

export const USAGE = `npm run fuzz [-- --seconds N | --inputs N] [--seed S] [--target NAME,NAME] [--replay FILE]
targets: ${Object.keys(TARGETS).join(', ')}`

/** @throws Error that says what is wrong. */
export function parseCommandLine(args: readonly string[]): FuzzCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      inputs: { type: 'string' },
      seed: { type: 'string' },
      target: { type: 'string' },
      replay: { type: 'string' },
    },
  })
  const targets = values.target?.split(',') ?? Object.keys(TARGETS)
  const unknown = targets.find((name) => !Object.hasOwn(TARGETS, name))
  if (unknown !== undefined) throw new Error(`there is no target ${unknown}`)
  if (values.seconds !== undefined && values.inputs !== undefined) {
    throw new Error('--seconds or --inputs, not both')
  }
  const limit =
    values.inputs === undefined
      ? { seconds: wholeNumber('seconds', values.seconds ?? String(DEFAULT_SECONDS)) }
      : { inputs: wholeNumber('inputs', values.inputs) }
  const seed = values.seed === undefined ? randomInt(2 ** 31) : wholeNumber('seed', values.seed)
  return { seed, targets, limit, replay: values.replay ?? null }
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`--${name} must be a whole number, got ${text}`)
}
