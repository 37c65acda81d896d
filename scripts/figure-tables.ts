/**
 * Writes the tables of figures in the documents, out of reports of the bench that are kept in `docs/figures`.
 *
 * ```text
 *  <!-- figures: REPORT KIND ARGUMENT -->
 *  a table
 *  <!-- end of figures -->
 * ```
 * - `rates`: every scenario that has a rate; with an argument also what that scenario is to each, by rate.
 * - `ratios`: all of them.
 * - `figures`: what else scenarios have measured, by its name.
 * - `goals`: what was wanted, in the table of `figure-goals.ts` that the argument names, and what was reached.
 *
 * `npm run docs:figures -- NAME=REPORT.json …` keeps a new report first.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { format, resolveConfig } from 'prettier'
import type { Spread } from '../apps/bench/src/metrics/spread.ts'
import type { BenchReport, ScenarioReport } from '../apps/bench/src/report/bench-report.ts'
import { count, figure, ratioWithInterval } from '../apps/bench/src/report/numbers-in-words.ts'
import { GOALS, type FigurePath, type Goal } from './figure-goals.ts'

const ROOT = new URL('../', import.meta.url)
const REPORTS = new URL('docs/figures/', ROOT)
const BLOCK = /<!-- figures: (\S+) (\S+) ?(\S*) -->\n[^]*?<!-- end of figures -->/g

const KINDS: Readonly<Record<string, (report: BenchReport, argument: string) => string>> = {
  rates,
  ratios,
  figures,
  goals,
}

/** A document, with its tables made anew and formatted. */
export async function withFigures(file: URL): Promise<string> {
  const text = readFileSync(file, 'utf8').replaceAll(
    BLOCK,
    (block, name: string, kind: string, argument: string) => {
      const makeTable = KINDS[kind]
      if (makeTable === undefined) throw new Error(`there is no kind of figures ${kind}`)
      const [begin] = block.split('\n', 1)
      return `${begin}\n\n${makeTable(readReport(name), argument)}\n\n<!-- end of figures -->`
    },
  )
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' })
}

/** The documents that have such tables. */
export function documentsWithFigures(): URL[] {
  return globSync('docs/**/*.md', { cwd: ROOT })
    .map((file) => new URL(file, ROOT))
    .filter((file) => readFileSync(file, 'utf8').includes('<!-- figures: '))
}

function readReport(name: string): BenchReport {
  return JSON.parse(readFileSync(new URL(`${name}.json`, REPORTS), 'utf8')) as BenchReport
}

/** Without what no table has, and that is most of a report: what explains each run. */
async function keepReport(name: string, file: string): Promise<void> {
  const report = JSON.parse(readFileSync(file, 'utf8')) as BenchReport
  const kept = { ...report, scenarios: report.scenarios.map(withoutDetails) }
  const target = new URL(`${name}.json`, REPORTS)
  const options = { ...(await resolveConfig(target)), parser: 'json' }
  writeFileSync(target, await format(JSON.stringify(kept), options))
}

function withoutDetails(scenario: ScenarioReport): ScenarioReport {
  const kept = { ...scenario }
  delete kept.details
  return kept
}

function rates(report: BenchReport, over: string): string {
  const { ratios: rate, ratioIntervals, cpuRatios, cpuRatioIntervals } = report
  const head = ['scenario', 'records/s, median', 'range', 'processor time']
  const rows = report.scenarios.flatMap(({ name, recordsPerSecond, ...scenario }) => {
    if (recordsPerSecond === undefined) return []
    const { min, median, max } = recordsPerSecond
    const own = [`\`${name}\``, count(median), `${count(min)} – ${count(max)}`]
    const pair = `${over} / ${name}`
    const byRate = ratioWithInterval(rate[pair], ratioIntervals[pair])
    const byCpu = ratioWithInterval(cpuRatios[pair], cpuRatioIntervals[pair])
    return [[...own, processorTime(scenario), ...(over === '' ? [] : [byRate, byCpu])]]
  })
  if (over !== '') head.push(`\`${over}\` / it, by rate (95 %)`, 'by processor time')
  return table(head, rows)
}

function processorTime({ cpuMicrosPerRecord: micros }: Partial<ScenarioReport>): string {
  return micros === undefined ? '' : `${figure(micros * 1000)} ns`
}

function ratios({
  ratios: rate,
  ratioIntervals,
  cpuRatios,
  cpuRatioIntervals,
}: BenchReport): string {
  const rows = Object.keys(rate).map((pair) => [
    pair.replaceAll(/[a-z\d]+(?:-[a-z\d]+)+/g, '`$&`'),
    ratioWithInterval(rate[pair], ratioIntervals[pair]),
    ratioWithInterval(cpuRatios[pair], cpuRatioIntervals[pair]),
  ])
  return table(['what', 'by rate (95 %)', 'by processor time'], rows)
}

function figures({ scenarios }: BenchReport): string {
  const rows = scenarios.flatMap(({ name, figures: measured = {} }) =>
    Object.entries(measured).map(([label, { min, median, max }]) => [
      `\`${name}\``,
      `\`${label}\``,
      show(median),
      `${show(min)} – ${show(max)}`,
    ]),
  )
  return table(['scenario', 'figure', 'median', 'range'], rows)
}

/** Those that the report has the figure of. */
function goals(report: BenchReport, name: string): string {
  const rows = GOALS[name]!.flatMap((goal) => {
    const reached = reachedOf(report, goal.at)
    if (reached === null) return []
    const unit = goal.unit === undefined ? '' : ` ${goal.unit}`
    const { atLeast, atMost } = goal
    const wanted = atMost === undefined ? `≥ ${show(atLeast!)}` : `≤ ${show(atMost)}`
    return [[goal.what, `${wanted}${unit}`, verdictOf(goal, reached, unit)]]
  })
  return table(['what', 'wanted', 'reached'], rows)
}

/** "0.65 (0.61 – 0.7)"; that it is not reached, or not certain, is said first. */
function verdictOf({ atLeast, atMost }: Goal, { min, median, max }: Spread, unit: string): string {
  const isRange = min !== max
  const shown = `${show(median)}${isRange ? ` (${show(min)} – ${show(max)})` : ''}${unit}`
  const isCertain = min >= (atLeast ?? -Infinity) && max <= (atMost ?? Infinity)
  if (isCertain) return shown
  const isPossible = max >= (atLeast ?? -Infinity) && min <= (atMost ?? Infinity)
  return isPossible ? `undecided: ${shown}` : `**not reached: ${shown}**`
}

function reachedOf(report: BenchReport, at: FigurePath): Spread | null {
  if ('ratio' in at) return ratioOf(report, at.ratio)
  const name = 'rate' in at ? at.rate : at.scenario
  const scenario = report.scenarios.find((one) => one.name === name)
  if ('rate' in at) return scenario?.recordsPerSecond ?? null
  if ('figure' in at) return scenario?.figures?.[at.figure] ?? null
  const median = scenario?.latencyMicros?.[at.latencyMicros]
  return median === undefined ? null : { min: median, median, max: median }
}

function ratioOf(report: BenchReport, pair: string): Spread | null {
  const median = report.ratios[pair]
  if (median === undefined) return null
  const { low, high } = report.ratioIntervals[pair] ?? { low: median, high: median }
  return { min: low, median, max: high }
}

function show(value: number): string {
  return value < 1000 ? figure(value) : count(value)
}

function table(head: readonly string[], rows: readonly string[][]): string {
  return [head, head.map(() => '-'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

if (import.meta.main) {
  for (const given of process.argv.slice(2)) {
    const [name, file] = given.split('=', 2)
    if (file === undefined) throw new Error(`${given}: it must be NAME=REPORT.json`)
    await keepReport(name!, resolve(process.env['INIT_CWD'] ?? '.', file))
  }
  for (const file of documentsWithFigures()) writeFileSync(file, await withFigures(file))
}
