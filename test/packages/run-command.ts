import { spawn } from 'node:child_process'

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

export interface CommandOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
}

/** Runs a program to its end; at most two minutes. */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, timeout: 120_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ stdout, stderr, exitCode }))
  })
}

/** The same; throws what the program said when it fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { stdout, stderr, exitCode } = await tryCommand(command, args, options)
  if (exitCode === 0) return stdout
  throw new Error(`${command} ${args.join(' ')}: exitCode=${exitCode}\n${stdout}${stderr}`)
}
