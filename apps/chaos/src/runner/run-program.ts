import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFile } from 'node:fs/promises'
import type { HistoryEvent } from '../history/history-event.ts'
import { readHistory } from '../history/read-history.ts'
import type { Program } from '../programs/program.ts'
import { SLACK_MS } from '../threads/calls.ts'
import { moduleBeside } from './module-beside.ts'
import type { ProgramRequest } from './program-process.ts'

/** What a process may take on top of its program's time: its slowest call, twice, and its drain. */
const PROCESS_LIMIT_MS = 8 * SLACK_MS

/** Runs a program in a process of its own, and reads the history that it wrote. */
export async function runProgram(program: Program, historyFile: string): Promise<HistoryEvent[]> {
  const child = fork(moduleBeside('./program-process', import.meta.url), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4_000)
  })
  child.send({ program, historyFile } satisfies ProgramRequest)
  const killer = setTimeout(() => child.kill('SIGKILL'), program.runMs + PROCESS_LIMIT_MS)
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  clearTimeout(killer)
  const order = Number.MAX_SAFE_INTEGER
  const ended = { order, atMs: program.runMs, thread: 'process', type: 'process', exitCode, stderr }
  await appendFile(historyFile, `${JSON.stringify(ended)}\n`)
  return readHistory(historyFile)
}
