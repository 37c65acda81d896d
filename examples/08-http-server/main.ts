/**
 * Starts the server as a process of its own, asks it questions, gives it more jobs than it can do, and
 * ends it in the middle of that: each job that it accepted must be done.
 */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { answerTo } from './handler.ts'

const QUESTIONS = 100
/** Requests of one client after the other, from so many clients at once. */
const CLIENTS = 40
const JOB = Buffer.alloc(1_000, 'j')
/** So many jobs are accepted, at the least, before the server is told to end. */
const ENOUGH = 300

const server = fork(new URL('./server.ts', import.meta.url))
const exited = once(server, 'exit')
const isOver = exited.then(([code]) => assert.fail(`the server ended too early: exitCode=${code}`))
isOver.catch(() => undefined)
const [{ port }] = (await Promise.race([once(server, 'message'), isOver])) as [{ port: number }]
const post = (path: string, body: string | Buffer) =>
  fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body })

for (let asked = 0; asked < QUESTIONS; asked++) {
  const question = `question ${asked} of ${QUESTIONS}`
  const response = await post('/questions', question)
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), answerTo(question))
}

/** How many jobs were answered with what; 0: the server took no connection any more. */
const answers = new Map([202, 503, 0].map((status) => [status, 0]))
let isEnding = false

async function sendJobs(): Promise<void> {
  for (;;) {
    const status = await post('/jobs', JOB).then(
      (response) => response.status,
      () => 0,
    )
    assert(answers.has(status), `a job was answered with ${status}`)
    assert(status !== 0 || isEnding, 'the server took no connection before it was to end')
    answers.set(status, answers.get(status)! + 1)
    if (status === 0) return
    if (!isEnding && answers.get(202)! >= ENOUGH && answers.get(503)! > 0) {
      isEnding = true
      server.kill('SIGTERM')
    }
  }
}

const told = once(server, 'message') as Promise<[{ accepted: number; committed: number }]>
await Promise.all(Array.from({ length: CLIENTS }, sendJobs))
const [{ accepted, committed }] = await Promise.race([told, isOver])
const [exitCode] = (await exited) as [number | null]

assert.equal(exitCode, 0)
assert.equal(accepted, answers.get(202))
assert.equal(committed, accepted)
console.log(`\n${QUESTIONS} questions: 200, each with its answer`)
console.log(`${answers.get(202)} jobs: 202, each of them done when the server ended`)
console.log(`${answers.get(503)} jobs: 503, nothing of them is left`)
