import { parseCommandLine, USAGE, type FuzzCommand } from './command-line.ts'
import { fuzz } from './runner/fuzz.ts'
import { replay } from './runner/replay.ts'

/** Whether every promise was kept. */
async function main(): Promise<boolean> {
  let command: FuzzCommand
  try {
    command = parseCommandLine(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    return false
  }
  return command.replay === null ? fuzz(command) : replay(command.replay)
}

if (!(await main())) process.exitCode = 1
