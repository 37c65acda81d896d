import { Command, InvalidArgumentError } from 'commander'
import { FAULT_FAMILIES, type FaultFamily } from './programs/fault-families.ts'
import { wholeNumber } from './whole-number.ts'

/** What the user asked for. */
export interface ChaosCommand {
  readonly seconds: number
  /** `null`: a fresh one. */
  readonly seed: number | null
  /** What may go wrong on purpose. */
  readonly faults: ReadonlySet<FaultFamily>
  /** Only these of the seed's programs; `null`: one after the other, until they have run for `seconds`. */
  readonly programs: readonly number[] | null
  /** How often each is run. */
  readonly times: number
}

const DEFAULT_SECONDS = 30
const FAMILIES = Object.keys(FAULT_FAMILIES) as FaultFamily[]

/**
 * Reads the command line; prints help, or what is wrong with it, and ends the process.
 *
 * @param args Without the program's own name.
 */
export function parseCommandLine(args: readonly string[]): ChaosCommand {
  const command = new Command('npm run chaos --')
    .description(
      "Runs random programs through Ringlog's public API, has things go wrong, and checks what their threads saw.",
    )
    .option(
      '--seconds <n>',
      'how long programs run together; starting, draining and checking come on top',
      wholeNumber(1),
      DEFAULT_SECONDS,
    )
    .option(
      '--seed <n>',
      'decides all programs and their faults; without it a fresh one, which is printed',
      wholeNumber(0),
    )
    .option(
      '--faults <names>',
      `what goes wrong, separated by commas, or "none":\n${describeFamilies()}`,
      faultFamilies,
    )
    .option(
      '--program <numbers>',
      "run only these of the seed's programs, separated by commas",
      numbers,
    )
    .option('--times <n>', 'run each program so often', wholeNumber(1), 1)
    .allowExcessArguments(false)
  command.parse(args, { from: 'user' })
  const {
    seconds,
    seed,
    faults = new Set(FAMILIES),
    program,
    times,
  } = command.opts<{
    seconds: number
    seed?: number
    faults?: ReadonlySet<FaultFamily>
    program?: number[]
    times: number
  }>()
  if (program !== undefined && seed === undefined) {
    command.error("error: option '--program <numbers>' needs '--seed <n>': whose programs?")
  }
  return { seconds, seed: seed ?? null, faults, programs: program ?? null, times }
}

function faultFamilies(text: string): Set<FaultFamily> {
  if (text === 'none') return new Set()
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if ((FAMILIES as string[]).includes(name)) continue
    throw new InvalidArgumentError(`There is no fault '${name}'; there are ${FAMILIES.join(', ')}.`)
  }
  return new Set(names as FaultFamily[])
}

function describeFamilies(): string {
  return FAMILIES.map((family) => `${family}: ${FAULT_FAMILIES[family]}`).join('\n')
}

function numbers(text: string): number[] {
  return text.split(',').map((part) => wholeNumber(0)(part.trim()))
}
