import { randomInt } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkHistory } from './checker/check-history.ts'
import type { Anomaly } from './checker/anomaly.ts'
import { parseCommandLine } from './command-line.ts'
import { describeProgram } from './programs/describe-program.ts'
import { generateProgram } from './programs/generate-program.ts'
import { runProgram } from './runner/run-program.ts'

const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url))
const MAX_SHOWN_OF_A_KIND = 4

/**
 * What `npm run chaos` does: runs programs, one after the other, and checks each one's history.
 *
 * @param args The command line, without the program's own name.
 * @param folder Where histories go; those without an anomaly do not stay.
 * @returns Whether there was no anomaly.
 */
export async function runChaos(
  args: readonly string[],
  folder: string = HISTORIES,
): Promise<boolean> {
  const command = parseCommandLine(args)
  const seed = command.seed ?? randomInt(2 ** 32)
  const untilMs = performance.now() + command.seconds * 1_000
  await mkdir(folder, { recursive: true })
  console.log(`seed ${seed}`)
  const failed: number[] = []
  let runs = 0
  let events = 0
  for (const index of command.programs ?? countUp()) {
    for (let time = 0; time < command.times; time++) {
      if (runs > 0 && performance.now() >= untilMs) break
      const program = generateProgram(seed, index)
      console.log(`program ${index}: ${describeProgram(program)}`)
      const file = join(folder, `seed-${seed}-program-${index}.jsonl`)
      await rm(file, { force: true })
      const history = await runProgram(program, file)
      runs++
      events += history.length
      const anomalies = checkHistory(history)
      if (anomalies.length === 0) await rm(file)
      else {
        failed.push(index)
        tell(anomalies, file, `npm run chaos -- --seed ${seed} --program ${index} --times 10`)
        break
      }
    }
    if (performance.now() >= untilMs) break
  }
  const verdict = failed.length === 0 ? 'no anomaly' : `ANOMALIES in programs ${failed.join(', ')}`
  console.log(`seed ${seed}: ${runs} runs, ${events} events checked, ${verdict}`)
  return failed.length === 0
}

function tell(anomalies: readonly Anomaly[], file: string, again: string): void {
  for (const [kind, all] of Map.groupBy(anomalies, (anomaly) => anomaly.kind)) {
    for (const { message, order } of all.slice(0, MAX_SHOWN_OF_A_KIND)) {
      console.log(`  ${kind.toUpperCase()} (event ${order}): ${message}`)
    }
    const more = all.length - MAX_SHOWN_OF_A_KIND
    if (more > 0) console.log(`  ${kind.toUpperCase()}: ${more} more`)
  }
  console.log(`  history: ${file}\n  again: ${again}`)
}

function* countUp(): Generator<number> {
  for (let index = 0; ; index++) yield index
}
