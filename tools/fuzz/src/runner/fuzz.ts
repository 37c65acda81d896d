import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FuzzCommand } from '../command-line.ts'
import { TARGETS } from '../targets/all-targets.ts'
import type { Failure } from './fuzz-run.ts'
import { watchTarget, type TargetResult } from './watch-target.ts'

const FAILURES = fileURLToPath(new URL('../../failures/', import.meta.url))
const MAX_SHOWN_BYTES = 400

/** Fuzzes target after target, prints what became of each, and keeps the inputs that broke a promise. */
export async function fuzz({ seed, targets, limit }: FuzzCommand): Promise<boolean> {
  console.log(`seed ${seed}`)
  const folder = await mkdtemp(join(tmpdir(), 'ringlog-fuzz-'))
  const shares = targets.reduce((sum, name) => sum + TARGETS[name]!.share, 0)
  const failures: Failure[] = []
  let inputs = 0
  let seconds = 0
  try {
    for (const target of targets) {
      const part = TARGETS[target]!.share / shares
      const result = await watchTarget({
        target,
        seed,
        seconds: 'seconds' in limit ? limit.seconds * part : null,
        inputs: 'inputs' in limit ? Math.ceil(limit.inputs * part) : null,
        inputFile: join(folder, target),
      })
      show(target, result)
      inputs += result.report?.inputs ?? 0
      seconds += result.report?.seconds ?? 0
      if (result.failure === null) continue
      failures.push(result.failure)
      await keep(result.failure)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  const verdict = failures.length === 0 ? 'every promise kept' : `${failures.length} targets FAILED`
  console.log(`seed ${seed}: ${inputs} inputs, ${Math.round(inputs / seconds)}/s; ${verdict}`)
  return failures.length === 0
}

function show(target: string, { report, maxRssBytes }: TargetResult): void {
  if (report === null) return console.log(`${target}: no report`)
  const { inputs, seconds, slowestMs, outcomes, covered } = report
  console.log(
    `${target}: ${inputs} inputs, ${Math.round(inputs / seconds)}/s, ${outcomes} outcomes, ` +
      `slowest ${slowestMs.toFixed(1)} ms, at most ${Math.round(maxRssBytes / 2 ** 20)} MiB`,
  )
  const files = covered.map(([file, share]) => `${basename(file)} ${Math.round(share * 100)} %`)
  console.log(`  lines run by the first inputs: ${files.join(', ')}`)
}

async function keep(failure: Failure): Promise<void> {
  await mkdir(FAILURES, { recursive: true })
  const hash = createHash('sha256').update(failure.input).digest('hex').slice(0, 8)
  const file = join(FAILURES, `${failure.target}-${hash}.json`)
  await writeFile(file, JSON.stringify(failure, null, 2))
  console.log(`  FAILED: ${failure.what}`)
  console.log(`  input, in base64: ${failure.input.slice(0, MAX_SHOWN_BYTES)}`)
  console.log(`  again: npm run fuzz -- --replay ${file}`)
}
