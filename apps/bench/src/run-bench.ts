import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chooseScenarios, type LoadedScenario } from './choose-scenarios.ts'
import { parseCommandLine } from './command-line.ts'
import { chooseByMatrix } from './matrix.ts'
import { freePort } from './outside/free-port.ts'
import { withoutMissingRivals } from './outside/prepare-rivals.ts'
import { buildReport } from './report/build-report.ts'
import type { BenchReport } from './report/bench-report.ts'
import { describeEnvironment } from './report/environment.ts'
import { compareReports, parseReport } from './report/compare-reports.ts'
import { reportPage } from './report/page/report-page.ts'
import { Progress } from './report/progress.ts'
import { printComparison, printReport } from './report/print-report.ts'
import { loadScenario } from './runner/load-scenario.ts'
import { runSuite } from './runner/suite.ts'
import { BUILT_IN_SCENARIOS } from './scenarios/index.ts'
import { withSweeps } from './sweep.ts'

/** npm runs the script of the repository in the package's folder. */
const LATEST_FILE = resolve('results/latest.json')

/**
 * What `ringlog-bench` does, and `npm run bench`: measures, prints the report, and writes it.
 *
 * @param args The command line, without the program's own name.
 * @param latestFile Where the report always goes; default: into the folder results of the working directory.
 * @returns Whether every scenario's records were all there and in order.
 * @throws Error that says what is wrong with the command line.
 */
export async function runBench(
  args: readonly string[],
  latestFile: string = LATEST_FILE,
): Promise<boolean> {
  const command = parseCommandLine(args)
  const builtIn = await Promise.all(BUILT_IN_SCENARIOS.map(load))
  const own = await Promise.all(
    command.scenarioFiles.map((file) => load(pathToFileURL(fromUser(file)))),
  )
  const loaded = withUniqueNames([...builtIn, ...own])
  if (command.isList) {
    list(loaded)
    return true
  }
  if (command.fromFile !== null) {
    await writePage(await readReport('--from', command.fromFile), command.htmlFile!)
    return true
  }

  const names = command.scenarios?.concat(own.map(({ scenario }) => scenario.name))
  const wanted = names ?? (command.isFull ? 'full' : 'default')
  const all = chooseByMatrix(command.matrix, (cell) => {
    const given = { ...command.parameters, ...cell }
    return withSweeps(chooseScenarios(loaded, wanted, given, command.rivals), given)
  })
  const latestPage = latestFile.replace(/(\.json)?$/, '.html')
  await mkdir(dirname(latestFile), { recursive: true }).catch(() => undefined) // told by what follows
  for (const file of [latestFile, latestPage]) await assertWritable(`the report ${file}`, file)
  const files = [latestFile]
  if (command.jsonFile !== null) files.push(await writableFile('--json', command.jsonFile))
  const pages = [latestPage]
  if (command.htmlFile !== null) pages.push(await writableFile('--html', command.htmlFile))
  const older =
    command.compareFile === null ? null : await readReport('--compare', command.compareFile)
  const chosen = await withoutMissingRivals(all)
  const watchPort = command.watchPort === 0 ? await freePort() : command.watchPort
  if (watchPort !== null) console.log(`the run under way: http://127.0.0.1:${watchPort}/`)
  const environment = describeEnvironment()
  const progress = new Progress(chosen.length, command.runs)
  const results = await runSuite(chosen, command.runs, progress.onRun, watchPort)
  progress.end()

  const report = buildReport(environment, results)
  printReport(report)
  if (older !== null) printComparison(compareReports(older, report))
  await writeAll(files, `${JSON.stringify(report, null, 2)}\n`)
  await writeAll(pages, reportPage(report))
  return report.scenarios.every(({ verified }) => verified)
}

async function load(url: URL): Promise<LoadedScenario> {
  return { url, scenario: await loadScenario(url.href) }
}

function withUniqueNames(loaded: readonly LoadedScenario[]): readonly LoadedScenario[] {
  const names = new Set<string>()
  for (const { scenario, url } of loaded) {
    if (names.has(scenario.name)) {
      throw new Error(`there already is a scenario ${scenario.name}; ${url.href} has another one`)
    }
    names.add(scenario.name)
  }
  return loaded
}

async function writeAll(files: readonly string[], text: string): Promise<void> {
  for (const file of files) {
    await writeFile(file, text)
    console.log(`written to ${file}`)
  }
}

async function writePage(report: BenchReport, htmlFile: string): Promise<void> {
  await writeAll([await writableFile('--html', htmlFile)], reportPage(report))
}

/** npm runs scripts in the package's folder; a relative file is meant from where the user is. */
function fromUser(file: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), file)
}

async function writableFile(flag: string, file: string): Promise<string> {
  const path = fromUser(file)
  await assertWritable(`${flag} ${file}`, path)
  return path
}

/**
 * Finds out that a file cannot be written before minutes of measuring, not after.
 *
 * @param what For the message: a flag and its file.
 */
async function assertWritable(what: string, path: string): Promise<void> {
  const isThere = existsSync(path)
  try {
    await (await open(path, 'a')).close()
    // A run that is broken off leaves no empty report behind.
    if (!isThere) await rm(path)
  } catch (error) {
    throw new Error(`${what} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}

async function readReport(flag: string, file: string): Promise<BenchReport> {
  const path = fromUser(file)
  try {
    return parseReport(await readFile(path, 'utf8'))
  } catch (error) {
    throw new Error(`${flag} ${file}: ${(error as Error).message}`, { cause: error })
  }
}

function list(loaded: readonly LoadedScenario[]): void {
  for (const { scenario } of loaded) {
    console.log(`${scenario.name}\n    ${scenario.description}`)
    const values = { ...scenario.parameters, ...scenario.sweep }
    const parameters = Object.entries(values).map(([name, value]) => `${name} ${String(value)}`)
    console.log(`    ${parameters.join(', ')}`)
  }
}
