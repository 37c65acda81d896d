import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

/** Lets a server end with this process, where nobody gets to end it before. */
export function endWithProcess(server: ChildProcess): ChildProcess {
  const end = (): void => void server.kill('SIGKILL')
  process.once('exit', end)
  return server.once('exit', () => process.off('exit', end))
}

/** Ends a server of the bench's own, and removes its folder. Killed, and not asked to end: nothing of it is kept. */
export async function endServer(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.kill('SIGKILL')) await once(server, 'exit')
  await rm(folder, { recursive: true, force: true })
}
