import { Command, InvalidArgumentError } from 'commander'

/** What the user asked for. */
export interface SoakCommand {
  readonly minutes: number
  /** Of each producer. */
  readonly recordsPerSecond: number
  /** Whether the topics are on disk, and one of their consumers is too slow. */
  readonly isOnDisk: boolean
  /** MiB a minute that are allocated, and never let go. */
  readonly leak: number
  /** `null`: the folder soaks of this app. */
  readonly out: string | null
}

const DEFAULT_MINUTES = 10
const DEFAULT_RECORDS_PER_SECOND = 2_000

/**
 * Reads the command line; prints help, or what is wrong with it, and ends the process.
 *
 * @param args Without the program's own name.
 */
export function parseCommandLine(args: readonly string[]): SoakCommand {
  const command = new Command('npm run soak --')
    .description(
      'Keeps a steady load on a broker while threads die and groups rebalance, and charts each second.',
    )
    .option('--minutes <n>', 'how long', positiveNumber, DEFAULT_MINUTES)
    .option(
      '--records-per-second <n>',
      'of each producer',
      positiveNumber,
      DEFAULT_RECORDS_PER_SECOND,
    )
    .option('--disk', 'with topics on disk, of which retention keeps some MiB', false)
    .option(
      '--leak <n>',
      'MiB a minute that are kept, to see that the run tells of it; default: none',
      positiveNumber,
    )
    .option('--out <folder>', 'where the chart and its figures go; default: soaks, in apps/soak')
    .allowExcessArguments(false)
  command.parse(args, { from: 'user' })
  const { minutes, recordsPerSecond, disk, leak, out } = command.opts<{
    minutes: number
    recordsPerSecond: number
    disk: boolean
    leak?: number
    out?: string
  }>()
  return { minutes, recordsPerSecond, isOnDisk: disk, leak: leak ?? 0, out: out ?? null }
}

function positiveNumber(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (value > 0 && value <= 1_000_000) return value
  throw new InvalidArgumentError('It must be a number over 0.')
}
