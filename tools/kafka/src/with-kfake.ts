import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { kfakeProgram, missingForKfake } from './kfake-program.ts'

/**
 * Runs a command that finds kfake's program by `RINGLOG_TEST_KFAKE`, or says in a line what this machine lacks for it.
 *
 * @returns The command's exit code; 0 where there is no kfake.
 */
export async function withKfake(command: string, args: readonly string[]): Promise<number> {
  const missing = missingForKfake()
  if (missing !== null) {
    console.log(`skipped: kfake needs ${missing}`)
    return 0
  }
  const env = { ...process.env, RINGLOG_TEST_KFAKE: kfakeProgram() }
  const child = spawn(command, args, { env, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
