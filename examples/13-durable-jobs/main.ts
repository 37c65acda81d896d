/**
 * Kills the server twice while it accepts jobs and does them, with a signal that no process hears of; ends the third
 * one in peace. Every job that was accepted must be done.
 */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Clients that send one job after the other. */
const CLIENTS = 20
/** So many jobs each of the servers accepts, at the least. */
const JOBS_PER_SERVER = 200

const directory = mkdtempSync(path.join(tmpdir(), 'ringlog-jobs-'))
const dataDirectory = path.join(directory, 'data')
const doneFile = path.join(directory, 'done.txt')
const accepted = new Set<string>()
let sent = 0

/** Starts a server, sends jobs to it, and ends it when it has accepted enough. */
async function serveUntil(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const server = fork(new URL('./server.ts', import.meta.url), [dataDirectory, doneFile])
  const exited = once(server, 'exit')
  const tooEarly = exited.then(() => assert.fail('the server ended before it said its port'))
  const [{ port }] = (await Promise.race([once(server, 'message'), tooEarly])) as [{ port: number }]
  const enough = accepted.size + JOBS_PER_SERVER

  const sendJobs = async (): Promise<void> => {
    while (accepted.size < enough) {
      const job = `job ${sent++}`
      const request = fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: job })
      // A job without an answer may be done or not: its client has to ask again.
      const response = await request.catch(() => null)
      if (response === null) return
      assert.equal(response.status, 202)
      accepted.add(job)
    }
    if (!server.killed) server.kill(signal)
  }
  await Promise.all(Array.from({ length: CLIENTS }, sendJobs))
  const [exitCode] = (await exited) as [number | null]
  assert.equal(exitCode, signal === 'SIGTERM' ? 0 : null)
}

await serveUntil('SIGKILL')
const doneByFirst = new Set(linesOf(doneFile)).size
const acceptedByFirst = accepted.size
await serveUntil('SIGKILL')
await serveUntil('SIGTERM')

const lines = linesOf(doneFile)
const done = new Set(lines)
for (const job of accepted) assert(done.has(job), `${job} was accepted, and is lost`)
console.log(`first server, killed    ${acceptedByFirst} jobs accepted, ${doneByFirst} of them done`)
console.log(`all three servers       ${accepted.size} jobs accepted, none lost`)
console.log(`done twice              ${lines.length - done.size}`)
rmSync(directory, { recursive: true })

/** All lines that are whole. */
function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}
