import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderOf } from './folders.ts'
import { sleep } from './running-kafka.ts'

/** A Java program that goes on when this process ends, with what it prints in a file. */
export interface JavaProcess {
  readonly pid: number
  readonly logFile: string
  /** What it has printed so far. */
  output(): string
  /** `null`: it runs. */
  exitCode(): number | null
}

/** @param name Of the server: its folder takes the file. */
export function startJava(name: string, args: readonly string[]): JavaProcess {
  const logFile = join(folderOf(name), 'output.log')
  const log = openSync(logFile, 'w')
  const child = spawn('java', args, { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.unref()
  if (child.pid === undefined) throw new Error('java did not start')
  return {
    pid: child.pid,
    logFile,
    output: () => readFileSync(logFile, 'utf8'),
    exitCode: () => child.exitCode ?? (child.signalCode === null ? null : -1),
  }
}

/** Waits until `isReady`; throws what the program printed where it has ended, or takes too long: then it is ended. */
export async function untilReady(
  java: JavaProcess,
  isReady: () => boolean | Promise<boolean>,
  timeoutMs = 180_000,
): Promise<void> {
  const startedMs = performance.now()
  while (!(await isReady())) {
    const code = java.exitCode()
    const isLate = performance.now() - startedMs > timeoutMs
    if (code !== null || isLate) {
      if (code === null) process.kill(java.pid, 'SIGKILL')
      const what = isLate ? `is not ready after ${timeoutMs} ms` : `ended with ${code}`
      throw new Error(`Kafka ${what}; ${java.logFile}:\n${java.output().slice(-2_000)}`)
    }
    await sleep(50)
  }
}
