import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Failure } from './fuzz-run.ts'
import type { ProcessReport, ProcessStart } from './process-messages.ts'

const PROGRAM = fileURLToPath(new URL('./fuzz-process.ts', import.meta.url))
/** A process that does not come back from an input for so long is stuck in it. */
const MAX_SILENCE_MS = 30_000
/** Nothing here needs as much: what does would be a bomb. */
const MAX_HEAP_MEBIBYTES = 512
const MAX_RSS_BYTES = 1024 * 1024 * 1024

/** What became of a target's inputs. */
export interface TargetResult {
  readonly report: ProcessReport | null
  readonly maxRssBytes: number
  readonly failure: Failure | null
}

/** Runs a target in a process of its own, and notices when that crashes, hangs or grows. */
export async function watchTarget(start: ProcessStart): Promise<TargetResult> {
  const conditions = ['--conditions=@ringlog/source', `--max-old-space-size=${MAX_HEAP_MEBIBYTES}`]
  const child = fork(PROGRAM, [JSON.stringify(start)], { execArgv: conditions })
  let report: ProcessReport | null = null
  let maxRssBytes = 0
  let silence: NodeJS.Timeout | undefined
  let isStuck = false
  const watch = (): void => {
    clearTimeout(silence)
    silence = setTimeout(() => {
      isStuck = true
      child.kill('SIGKILL')
    }, MAX_SILENCE_MS)
  }
  watch()
  child.on('message', (message: ProcessReport) => {
    report = message
    maxRssBytes = Math.max(maxRssBytes, message.rssBytes)
    watch()
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearTimeout(silence)
  const last = report as ProcessReport | null
  const fail = async (what: string): Promise<Failure> => ({
    target: start.target,
    what,
    input: await inputOf(start.inputFile),
  })
  let failure = last?.failure ?? null
  if (failure === null && isStuck)
    failure = await fail(`an input did not end in ${MAX_SILENCE_MS} ms`)
  if (failure === null && last?.isLast !== true) {
    failure = await fail(`the process ended: code=${String(code)}, signal=${String(signal)}`)
  }
  if (failure === null && maxRssBytes > MAX_RSS_BYTES) {
    failure = await fail(`the process has grown to ${maxRssBytes} bytes`)
  }
  return { report: last, maxRssBytes, failure }
}

/** The input that was fed in last, in base64. */
async function inputOf(file: string): Promise<string> {
  const bytes = await readFile(file)
  return bytes.subarray(4, 4 + bytes.readInt32LE(0)).toString('base64')
}
