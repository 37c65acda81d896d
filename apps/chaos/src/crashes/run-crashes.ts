import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Random } from '../programs/random.ts'
import { moduleBeside } from '../runner/module-beside.ts'
import { CrashChecker } from './crash-checker.ts'
import type { SessionEvent, SessionTask } from './session-event.ts'

const PARTITIONS = 3
const MAX_SESSION_MS = 700
/** A session that does not get that far is stuck. */
const READY_WITHIN_MS = 60_000

/** What the user asked for. */
export interface CrashCommand {
  readonly kills: number
  readonly seed: number
  /** `null`: the operating system syncs. */
  readonly flushMessages: number | null
}

export interface CrashVerdict {
  readonly faults: readonly string[]
  readonly counts: CrashChecker['counts']
  /** Stays where there are faults; `null`: it is gone. */
  readonly dataDirectory: string | null
}

/**
 * Has a process work on a data directory, kills it with SIGKILL at a random time, and begins anew, so often; holds
 * what they have seen against each other.
 *
 * @param onKill Called after each, with how many there were.
 */
export async function runCrashes(
  { kills, seed, flushMessages }: CrashCommand,
  onKill: (count: number) => void = () => undefined,
): Promise<CrashVerdict> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'ringlog-crashes-'))
  const checker = new CrashChecker(PARTITIONS)
  for (let session = 0; session <= kills && checker.faults.length === 0; session++) {
    const random = Random.of(seed, session)
    const { from } = checker
    const task = { dataDirectory, session, seed, partitions: PARTITIONS, flushMessages, from }
    // The last one only says what it finds.
    const killAfterMs = session === kills ? 0 : random.next() * MAX_SESSION_MS
    await runSession(task, killAfterMs, checker)
    onKill(session)
  }
  const { faults, counts } = checker
  if (faults.length === 0) await rm(dataDirectory, { recursive: true })
  return { faults, counts, dataDirectory: faults.length === 0 ? null : dataDirectory }
}

/** Runs a session, and kills it so long after it was ready. */
async function runSession(
  task: SessionTask,
  killAfterMs: number,
  checker: CrashChecker,
): Promise<void> {
  const module = fileURLToPath(moduleBeside('./session-process', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, module], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  const kill = (): void => void child.kill('SIGKILL')
  let timer = setTimeout(() => {
    checker.see({ type: 'complaint', message: `session ${task.session} was not ready in time` })
    kill()
  }, READY_WITHIN_MS)
  child.send(task)
  for await (const line of createInterface(child.stdout!)) {
    const event = parse(line)
    if (event === null) continue // it was killed while it wrote the line
    checker.see(event)
    if (event.type !== 'ready') continue
    clearTimeout(timer)
    timer = setTimeout(kill, killAfterMs)
  }
  await closed
  clearTimeout(timer)
  checker.endSession()
}

function parse(line: string): SessionEvent | null {
  try {
    return JSON.parse(line) as SessionEvent
  } catch {
    return null
  }
}
