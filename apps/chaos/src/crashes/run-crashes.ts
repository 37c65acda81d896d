import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaTools, type KafkaTools } from '@ringlog/test-kit'
import { Random } from '../programs/random.ts'
import { moduleBeside } from '../runner/module-beside.ts'
import type { CrashCounts } from './checked-partition.ts'
import { CrashChecker } from './crash-checker.ts'
import { COMMITTED, READY, type SessionEvent, type SessionTask } from './session-event.ts'

const PARTITIONS = 3
const MAX_SESSION_MS = 700
/** A session that does not get that far is stuck. */
const STUCK_AFTER_MS = 60_000

/** What the user asked for. */
export interface CrashCommand {
  readonly kills: number
  readonly seed: number
  /** `null`: the operating system syncs. */
  readonly flushMessages: number | null
  /** Whether old records are deleted meanwhile. */
  readonly deletes: boolean
  /** Whether the topic is compacted: nothing else is deleted then. */
  readonly compacts: boolean
  /** After so many kills Kafka's DumpLogSegments looks at all files, and at the end; `null`: it does not. */
  readonly dumpEvery: number | null
}

export interface CrashVerdict {
  readonly faults: readonly string[]
  readonly counts: CrashCounts
  /** Stays where there are faults; `null`: it is gone. */
  readonly folder: string | null
}

/**
 * Has a process work on a data directory, kills it with SIGKILL at a random time, and begins anew, so often; holds
 * what they have seen against each other.
 *
 * @param onKill Called after each, with how many there were.
 */
export async function runCrashes(
  { kills, seed, flushMessages, deletes, compacts, dumpEvery }: CrashCommand,
  onKill: (count: number) => void = () => undefined,
): Promise<CrashVerdict> {
  const folder = await mkdtemp(join(tmpdir(), 'ringlog-crashes-'))
  const dataDirectory = join(folder, 'data')
  const eventsFile = join(folder, 'events')
  const checker = new CrashChecker(PARTITIONS, compacts)
  const tools = dumpEvery === null ? null : await kafkaTools()
  for (let session = 0; session <= kills && checker.faults.length === 0; session++) {
    const random = Random.of(seed, session)
    const { from } = checker
    const task = {
      dataDirectory,
      eventsFile,
      session,
      seed,
      partitions: PARTITIONS,
      flushMessages,
      deletes,
      compacts,
      from,
    }
    // The last one only says what it finds. Every second one has committed, however slow the machine is.
    const killAfter = session % 2 === 1 && session < kills ? COMMITTED : READY
    const killAfterMs = session === kills ? 0 : random.next() * MAX_SESSION_MS
    await runSession(task, killAfter, killAfterMs, checker)
    const isDumpDue = session === kills || session % (dumpEvery ?? Infinity) === 0
    if (tools !== null && isDumpDue) await dump(tools, task, checker)
    onKill(session)
  }
  const { faults, counts } = checker
  if (faults.length === 0) await rm(folder, { recursive: true })
  return { faults, counts, folder: faults.length === 0 ? null : folder }
}

/** Kafka's own tool reads all that the directory has. */
async function dump(
  tools: KafkaTools,
  { dataDirectory, compacts }: SessionTask,
  checker: CrashChecker,
): Promise<void> {
  for (const fault of await tools.findFaults(dataDirectory, compacts)) {
    checker.see({ type: 'complaint', message: `DumpLogSegments: ${fault}` })
  }
  checker.counts.dumps++
}

/** Runs a session, and kills it so long after a message of it. */
async function runSession(
  task: SessionTask,
  killAfter: typeof READY | typeof COMMITTED,
  killAfterMs: number,
  checker: CrashChecker,
): Promise<void> {
  const module = fileURLToPath(moduleBeside('./session-process', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, module], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const closed = once(child, 'close')
  const kill = (): void => void child.kill('SIGKILL')
  let timer = setTimeout(() => {
    checker.see({
      type: 'complaint',
      message: `session ${task.session} was not ${killAfter} in time`,
    })
    kill()
  }, STUCK_AFTER_MS)
  child.send(task)
  child.on('message', (message) => {
    if (message !== killAfter) return
    clearTimeout(timer)
    timer = setTimeout(kill, killAfterMs)
  })
  await closed
  clearTimeout(timer)
  for (const event of await readEvents(task.eventsFile)) checker.see(event)
  checker.endSession()
}

/** What was told; the last line may be cut, where the process was killed while it wrote it. */
async function readEvents(file: string): Promise<SessionEvent[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as SessionEvent)
}
