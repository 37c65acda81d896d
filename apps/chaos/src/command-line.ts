import { Command, InvalidArgumentError } from 'commander'

/** What the user asked for. */
export interface ChaosCommand {
  readonly seconds: number
  /** `null`: a fresh one. */
  readonly seed: number | null
  /** Only these of the seed's programs; `null`: one after the other, while there is time. */
  readonly programs: readonly number[] | null
  /** How often each is run. */
  readonly times: number
}

const DEFAULT_SECONDS = 30
const MAX_WHOLE_NUMBER = 2 ** 32 - 1

/**
 * Reads the command line; prints help, or what is wrong with it, and ends the process.
 *
 * @param args Without the program's own name.
 */
export function parseCommandLine(args: readonly string[]): ChaosCommand {
  const command = new Command('npm run chaos --')
    .description(
      "Runs random programs through Ringlog's public API, and checks what their threads saw.",
    )
    .option(
      '--seconds <n>',
      'begin no further program after so long',
      wholeNumber(1),
      DEFAULT_SECONDS,
    )
    .option(
      '--seed <n>',
      'decides all programs; without it a fresh one, which is printed',
      wholeNumber(0),
    )
    .option(
      '--program <numbers>',
      "run only these of the seed's programs, separated by commas",
      numbers,
    )
    .option('--times <n>', 'run each program so often', wholeNumber(1), 1)
    .allowExcessArguments(false)
  command.parse(args, { from: 'user' })
  const { seconds, seed, program, times } = command.opts<{
    seconds: number
    seed?: number
    program?: number[]
    times: number
  }>()
  if (program !== undefined && seed === undefined) {
    command.error("error: option '--program <numbers>' needs '--seed <n>': whose programs?")
  }
  return { seconds, seed: seed ?? null, programs: program ?? null, times }
}

function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= MAX_WHOLE_NUMBER) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${MAX_WHOLE_NUMBER}.`)
  }
}

function numbers(text: string): number[] {
  return text.split(',').map((part) => wholeNumber(0)(part.trim()))
}
