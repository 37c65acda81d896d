import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, folderOf } from './folders.ts'

/** A server, or several in one process, that was started on this machine. */
export interface RunningKafka {
  readonly name: string
  readonly version: string
  readonly pid: number
  /** Where clients begin: `host:port`, separated by commas. */
  readonly bootstrapServers: string
  /** SASL/PLAIN without TLS: users `alice`, who may do nothing, and `admin`, each with `secret`, for sessions of 2.5 s; `null`: none. */
  readonly saslServers: string | null
  /** TLS, with the certificate of `caFile`; `null`: none. */
  readonly tlsServers: string | null
  readonly caFile: string | null
  /** Takes `kill ID` and `start ID`; `null`: its brokers are not to be told. */
  readonly controlPort: number | null
}

const STATE_FILE = 'running.json'

/** Writes down that it runs. */
export function remember(kafka: RunningKafka): void {
  mkdirSync(folderOf(kafka.name), { recursive: true })
  writeFileSync(join(folderOf(kafka.name), STATE_FILE), JSON.stringify(kafka, null, 2))
}

/** All that run on this machine. */
export function allRunning(): RunningKafka[] {
  return names().flatMap((name) => runningKafka(name) ?? [])
}

/** The one of that name; `null`: none runs. Without a name the first that there is. */
export function runningKafka(name?: string): RunningKafka | null {
  if (name === undefined) return allRunning()[0] ?? null
  try {
    const kafka = JSON.parse(readFileSync(join(folderOf(name), STATE_FILE), 'utf8')) as RunningKafka
    process.kill(kafka.pid, 0)
    return kafka
  } catch {
    return null // it was never started, or has ended
  }
}

/** Ends it, and deletes its files. */
export async function stopKafka({ name, pid }: RunningKafka): Promise<void> {
  signal(pid, 'SIGTERM')
  for (let waits = 0; isAlive(pid) && waits < 100; waits++) await sleep(100)
  signal(pid, 'SIGKILL')
  rmSync(folderOf(name), { recursive: true, force: true })
}

function names(): string[] {
  try {
    const folders = readdirSync(FOLDER, { withFileTypes: true })
    return folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  return signal(pid, 0)
}

function signal(pid: number, what: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, what)
  } catch {
    return false
  }
}

export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
