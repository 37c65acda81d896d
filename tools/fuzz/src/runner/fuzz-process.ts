/** One target's process: it may crash, or never come back from an input, which the one that started it sees. */
import { openSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { Coverage } from './coverage.ts'
import { FuzzRun } from './fuzz-run.ts'
import type { ProcessReport, ProcessStart } from './process-messages.ts'

/** Under coverage code runs slower: so many inputs, then without. */
const COVERED_INPUTS = 5_000
const COVERED_SECONDS = 10
const REPORT_MS = 250

// Errors are made by the million: their stacks are shown by a replay.
Error.stackTraceLimit = 0

const start = JSON.parse(process.argv[2]!) as ProcessStart
const coverage = new Coverage()
const { TARGETS } = await import('../targets/all-targets.ts')
const target = TARGETS[start.target]!.make()
const file = openSync(start.inputFile, 'w')
const length = Buffer.alloc(4)
const run = new FuzzRun(target, start.seed, (input) => {
  length.writeInt32LE(input.length)
  writeSync(file, length, 0, 4, 0)
  writeSync(file, input, 0, input.length, 4)
})

const startMs = performance.now()
const untilMs = start.seconds === null ? Infinity : startMs + start.seconds * 1_000
const coveredUntilMs = Math.min(untilMs, startMs + COVERED_SECONDS * 1_000)
const inputs = start.inputs ?? Infinity
await run.go({ inputs: Math.min(inputs, COVERED_INPUTS), untilMs: coveredUntilMs })
const covered = [...coverage.end(target.covers)]

while (run.inputs < inputs && run.failure === null && performance.now() < untilMs) {
  const turnEndMs = Math.min(untilMs, performance.now() + REPORT_MS)
  await run.go({ inputs: inputs - run.inputs, untilMs: turnEndMs })
  report(false)
  await setImmediate()
}
report(true)

function report(isLast: boolean): void {
  const message: ProcessReport = {
    isLast,
    inputs: run.inputs,
    seconds: (performance.now() - startMs) / 1_000,
    slowestMs: run.slowestMs,
    rssBytes: process.memoryUsage.rss(),
    covered,
    failure: run.failure,
    outcomes: run.outcomes.size,
  }
  // The channel is closed once the last message has left.
  process.send?.(message, () => {
    if (isLast) process.disconnect?.()
  })
}
