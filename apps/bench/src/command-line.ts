import { Command, InvalidArgumentError, Option } from 'commander'
import type { OutsideRival, ParameterName, Parameters, ParameterValue } from './define-scenario.ts'
import type { MatrixAxis } from './matrix.ts'
import { MIN_VALUE_BYTES } from './metrics/stamped-value.ts'
import { OUTSIDE_RIVALS } from './outside/prepare-rivals.ts'

/** What the user asked for. */
export interface BenchCommand {
  readonly isList: boolean
  /** Every scenario there is, not only those of the default suite. */
  readonly isFull: boolean
  /** `null`: those of the suite. */
  readonly scenarios: readonly string[] | null
  /** Modules of the user's with a scenario each, which are run as well; as given. */
  readonly scenarioFiles: readonly string[]
  /** From outside, beside the scenarios. */
  readonly rivals: readonly OutsideRival[]
  readonly runs: number
  /** As given: relative to where the user is. */
  readonly jsonFile: string | null
  /** An older report to hold this one against. */
  readonly compareFile: string | null
  readonly htmlFile: string | null
  /** Where a live page of the run under way is served; 0: on a port that is free; `null`: nowhere. */
  readonly watchPort: number | null
  /** A report to make a page of, instead of measuring. */
  readonly fromFile: string | null
  /** The parameters that flags set. */
  readonly parameters: Parameters
  /** Those that are to have several values in turn. */
  readonly matrix: readonly MatrixAxis[]
}

const DEFAULT_RUNS = 5

/** With the warm-up's they are numbered in 32 bits. */
const MAX_RECORDS = 3_000_000_000

const WAIT_STRATEGIES: readonly string[] = ['park', 'spinThenPark', 'busySpin']

const MAX_WHOLE_NUMBER = 2 ** 31 - 1

/** The flags that set a scenario's parameter. */
const PARAMETER_FLAGS: ReadonlyArray<{
  flag: string
  name: ParameterName
  description: string
  min: number
  max?: number
}> = [
  {
    flag: '--records <n>',
    name: 'records',
    description: 'records of the timed part',
    min: 1,
    max: MAX_RECORDS,
  },
  {
    flag: '--record-size <bytes>',
    name: 'recordSizeBytes',
    description: 'size of a value',
    min: MIN_VALUE_BYTES,
  },
  { flag: '--batch-size <bytes>', name: 'batchSizeBytes', description: 'batchSizeBytes', min: 256 },
  { flag: '--linger <ms>', name: 'lingerMs', description: 'lingerMs of producers', min: 0 },
  { flag: '--partitions <n>', name: 'partitions', description: 'partitions of the topic', min: 1 },
  { flag: '--producers <n>', name: 'producers', description: 'producer threads', min: 1 },
  { flag: '--consumers <n>', name: 'consumers', description: 'consumer threads', min: 1 },
  {
    flag: '--duration <ms>',
    name: 'durationMs',
    description: 'how long the timed part is, where it is not told by records',
    min: 100,
    max: 600_000,
  },
  {
    flag: '--load <percent>',
    name: 'loadPercent',
    description: 'of the rate that was reached just before, where records are paced by it',
    min: 1,
    max: 200,
  },
  {
    flag: '--seed <n>',
    name: 'seed',
    description: 'of what is random, to have the same again',
    min: 0,
  },
]

export const PARAMETER_FLAG_OF: Readonly<Record<ParameterName, string>> = {
  records: '--records',
  recordSizeBytes: '--record-size',
  batchSizeBytes: '--batch-size',
  lingerMs: '--linger',
  partitions: '--partitions',
  producers: '--producers',
  consumers: '--consumers',
  wait: '--wait',
  durationMs: '--duration',
  loadPercent: '--load',
  seed: '--seed',
}

/**
 * Reads the command line; prints help, or what is wrong with it, and ends the process.
 *
 * @param args Without the program's own name.
 */
export function parseCommandLine(args: readonly string[]): BenchCommand {
  const command = new Command('ringlog-bench')
    .description("Measures Ringlog's throughput beside its rivals and its limits.")
    .option('--list', 'list the scenarios and their parameters')
    .addOption(
      new Option('--full', 'run every scenario, not only the default suite').conflicts([
        'scenario',
        'scenarioFile',
      ]),
    )
    .option(
      '--scenario <names>',
      'run only these, separated by commas; ./FILE.ts: a module of yours',
      splitNames,
    )
    .option('--scenario-file <file>', 'run the scenario that is the default export of this module')
    .option(
      '--rivals <names>',
      `rivals that the machine must have programs for: ${OUTSIDE_RIVALS.join(', ')}`,
      splitRivals,
      [],
    )
    .option('--runs <n>', 'runs of each scenario, in turns', wholeNumber(1), DEFAULT_RUNS)
    .option('--json <file>', 'write the report to this file as well')
    .option('--compare <file>', 'tell what has changed since this report of --json')
    .option('--html <file>', 'write the page with its charts to this file as well')
    .option(
      '--watch [port]',
      'serve a live page of the broker of the run under way, on 127.0.0.1; it takes of what is measured',
      wholeNumber(1, 65_535),
    )
    .addOption(
      new Option(
        '--from <report>',
        'measure nothing: make the page of --html from this report',
      ).conflicts(['full', 'scenario', 'json']),
    )
    .addOption(new Option('--wait <strategy>', 'how threads wait').choices(WAIT_STRATEGIES))
    .option(
      '--matrix <axes...>',
      'flags with several values, each combination in turn: wait=park,busySpin partitions=1,4',
      (text: string, axes: readonly MatrixAxis[]) => [...axes, matrixAxis(text)],
      [],
    )
    .allowExcessArguments(false)
  for (const { flag, description, min, max } of PARAMETER_FLAGS) {
    command.option(flag, description, wholeNumber(min, max))
  }
  command.parse(args, { from: 'user' })
  const options = command.opts<{
    list?: boolean
    full?: boolean
    scenario?: string[]
    scenarioFile?: string
    rivals: OutsideRival[]
    runs: number
    json?: string
    compare?: string
    html?: string
    watch?: number | true
    from?: string
    wait?: string
    matrix: MatrixAxis[]
  }>()
  if (options.from !== undefined && options.html === undefined) {
    command.error(
      'error: --from says what to make a page of, and --html where to write it: give both',
    )
  }
  const given = command.opts<Record<string, ParameterValue | undefined>>()
  const parameters: Partial<Record<ParameterName, ParameterValue>> = {}
  for (const [name, flag] of Object.entries(PARAMETER_FLAG_OF)) {
    const value = given[camelCase(flag)]
    if (value !== undefined) parameters[name as ParameterName] = value
  }
  for (const { label, name } of options.matrix) {
    const isTwice = options.matrix.filter((axis) => axis.name === name).length > 1
    if (isTwice || name in parameters) command.error(`error: ${label} is given twice`)
  }
  const names = options.scenario ?? []
  const files = [names.filter(isFile), options.scenarioFile ?? []].flat()
  return {
    isList: options.list === true,
    isFull: options.full === true,
    scenarios: names.length + files.length === 0 ? null : names.filter((name) => !isFile(name)),
    scenarioFiles: files,
    rivals: options.rivals,
    runs: options.runs,
    jsonFile: options.json ?? null,
    compareFile: options.compare ?? null,
    htmlFile: options.html ?? null,
    watchPort: options.watch === true ? 0 : (options.watch ?? null),
    fromFile: options.from ?? null,
    parameters,
    matrix: options.matrix,
  }
}

/** `partitions=1,4` */
function matrixAxis(text: string): MatrixAxis {
  const [label = '', list] = text.split('=', 2)
  const flag = PARAMETER_FLAGS.find((one) => one.flag.startsWith(`--${label} `))
  if (list === undefined || list === '' || (flag === undefined && label !== 'wait')) {
    const labels = PARAMETER_FLAGS.map((one) => one.flag.slice(2).replace(/ .*/, ''))
    throw new InvalidArgumentError(
      `It must be a flag and its values, as wait=park,busySpin; of wait, ${labels.join(', ')}.`,
    )
  }
  const values = list.split(',')
  if (flag !== undefined) {
    const parse = wholeNumber(flag.min, flag.max)
    return { label, name: flag.name, values: values.map(parse) }
  }
  const unknown = values.find((value) => !WAIT_STRATEGIES.includes(value))
  if (unknown === undefined) return { label, name: 'wait', values }
  throw new InvalidArgumentError(
    `'${unknown}' is no way to wait; it must be of ${WAIT_STRATEGIES.join(', ')}.`,
  )
}

/** No scenario's name looks like a path. */
function isFile(name: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(name)
}

function splitNames(value: string): string[] {
  const names = value.split(',').map((name) => name.trim())
  if (!names.includes('')) return names
  throw new InvalidArgumentError('It must be names of scenarios, separated by commas.')
}

function isRival(name: string): name is OutsideRival {
  return (OUTSIDE_RIVALS as readonly string[]).includes(name)
}

function splitRivals(value: string): OutsideRival[] {
  const names = value.split(',').map((name) => name.trim())
  if (names.every(isRival)) return names
  throw new InvalidArgumentError(`It must be of ${OUTSIDE_RIVALS.join(', ')}, separated by commas.`)
}

function wholeNumber(min: number, max = MAX_WHOLE_NUMBER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

/** `--record-size` → `recordSize`, as commander names it. */
function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
