import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ora from 'ora'
import { chooseScenarios, type LoadedScenario } from './choose-scenarios.ts'
import { parseCommandLine } from './command-line.ts'
import { buildReport } from './report/build-report.ts'
import { describeEnvironment } from './report/environment.ts'
import { printReport } from './report/print-report.ts'
import { loadScenario } from './runner/load-scenario.ts'
import { runSuite } from './runner/suite.ts'
import { BUILT_IN_SCENARIOS } from './scenarios/index.ts'

const LATEST_FILE = fileURLToPath(new URL('../results/latest.json', import.meta.url))

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2))
  const loaded = await Promise.all(
    BUILT_IN_SCENARIOS.map(async (url) => ({ url, scenario: await loadScenario(url.href) })),
  )
  if (command.isList) return list(loaded)

  const chosen = chooseScenarios(loaded, command.scenarios, command.parameters)
  const environment = describeEnvironment()
  const total = chosen.length * command.runs
  let started = 0
  const progress = ora()
  const results = await runSuite(chosen, command.runs, ({ scenario }, run) => {
    started++
    const text = `${scenario.name}, run ${run} of ${command.runs} (${started} of ${total})`
    if (process.stderr.isTTY) progress.start(text)
    else console.error(text)
  })
  progress.stop()

  const report = buildReport(environment, results)
  printReport(report)
  const json = `${JSON.stringify(report, null, 2)}\n`
  await mkdir(resolve(LATEST_FILE, '..'), { recursive: true })
  await writeFile(LATEST_FILE, json)
  // npm runs scripts in the package's folder; a relative file is meant from where the user is.
  const userFolder = process.env['INIT_CWD'] ?? process.cwd()
  if (command.jsonFile !== null) await writeFile(resolve(userFolder, command.jsonFile), json)
  console.log(`\nwritten to ${command.jsonFile ?? LATEST_FILE}`)
  if (report.scenarios.some(({ verified }) => !verified)) process.exitCode = 1
}

function list(loaded: readonly LoadedScenario[]): void {
  for (const { scenario } of loaded) {
    console.log(`${scenario.name}\n    ${scenario.description}`)
    const parameters = Object.entries(scenario.parameters).map(
      ([name, value]) => `${name} ${value}`,
    )
    console.log(`    ${parameters.join(', ')}`)
  }
}

try {
  await main()
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
