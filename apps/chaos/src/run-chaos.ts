import { randomInt } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkHistory } from './checker/check-history.ts'
import type { Anomaly } from './checker/anomaly.ts'
import { parseCommandLine, type ChaosCommand } from './command-line.ts'
import { countEvents, describeCounts, noCounts } from './count-events.ts'
import type { HistoryEvent } from './history/history-event.ts'
import { describeProgram } from './programs/describe-program.ts'
import { planRun, programOf } from './programs/plan-run.ts'
import type { Program } from './programs/program.ts'
import { runProgram } from './runner/run-program.ts'
import { showAnomaly } from './show-anomaly.ts'

const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url))
const MAX_SHOWN_OF_A_KIND = 4

/**
 * What `npm run chaos` does: runs programs, one after the other, and checks each one's history.
 *
 * @param args The command line, without the program's own name.
 * @param folder Where histories go; those without an anomaly stay until the next run.
 * @returns Whether there was no anomaly.
 */
export async function runChaos(
  args: readonly string[],
  folder: string = HISTORIES,
): Promise<boolean> {
  const command = parseCommandLine(args)
  const seed = command.seed ?? randomInt(2 ** 32)
  await mkdir(folder, { recursive: true })
  await removeClean(folder)
  console.log(`seed ${seed}`)
  const failed = new Set<number>()
  const counts = noCounts()
  let runs = 0
  for (const program of programsOf(command, seed)) {
    const { index } = program
    if (failed.has(index)) continue
    console.log(`program ${index}: ${describeProgram(program)}`)
    const name = `seed-${seed}-program-${index}.jsonl`
    const running = join(folder, `running-${process.pid}-${name}`) // no other run removes it
    const history = await runProgram(program, running)
    runs++
    countEvents(counts, history)
    const anomalies = checkHistory(history)
    const file = join(folder, anomalies.length === 0 ? `clean-${name}` : name)
    await rename(running, file)
    if (anomalies.length === 0) {
      console.log(`  history: ${file}`)
      continue
    }
    failed.add(index)
    const again = `npm run chaos -- --seed ${seed}${faultsOption(args)} --program ${index} --times 10`
    tell(anomalies, history, file, again)
  }
  const verdict =
    failed.size === 0 ? 'no anomaly' : `ANOMALIES in programs ${[...failed].join(', ')}`
  console.log(`seed ${seed}: ${runs} runs, ${describeCounts(counts)}`)
  console.log(`seed ${seed}: ${verdict}`)
  return failed.size === 0
}

function* programsOf(
  { seconds, faults, programs, times }: ChaosCommand,
  seed: number,
): Generator<Program> {
  const planned =
    programs?.map((index) => programOf(seed, index, faults)) ?? planRun(seed, seconds, faults)
  for (const program of planned) {
    for (let time = 0; time < times; time++) yield program
  }
}

/** Histories of an earlier run in which there was nothing to find. */
async function removeClean(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('clean-'))
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })))
}

function faultsOption(args: readonly string[]): string {
  const at = args.indexOf('--faults')
  return at === -1 ? '' : ` --faults ${args[at + 1]}`
}

function tell(
  anomalies: readonly Anomaly[],
  history: readonly HistoryEvent[],
  file: string,
  again: string,
): void {
  for (const [kind, all] of Map.groupBy(anomalies, (anomaly) => anomaly.kind)) {
    for (const anomaly of all.slice(0, MAX_SHOWN_OF_A_KIND)) {
      console.log(showAnomaly(anomaly, history))
    }
    const more = all.length - MAX_SHOWN_OF_A_KIND
    if (more > 0) console.log(`  ${kind.toUpperCase()}: ${more} more`)
  }
  console.log(`  history: ${file}\n  again: ${again}`)
}
