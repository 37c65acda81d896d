import { readFileSync } from 'node:fs'
import { Session, type Profiler } from 'node:inspector'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../../../', import.meta.url)

/** Counts what V8 runs of modules that are loaded from now on. */
export class Coverage {
  readonly #session = new Session()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Ends counting, which costs; returns the share of each file's lines that ran. */
  end(files: readonly string[]): ReadonlyMap<string, number> {
    let scripts: Profiler.ScriptCoverage[] = []
    // The session is in this thread: it answers before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error === null) scripts = answer.result
    })
    this.#session.post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
    const shares = new Map<string, number>()
    for (const file of files) {
      const url = new URL(file, ROOT)
      const script = scripts.find((candidate) => candidate.url === url.href)
      shares.set(file, script === undefined ? 0 : shareOfLines(fileURLToPath(url), script))
    }
    return shares
  }
}

function shareOfLines(path: string, { functions }: Profiler.ScriptCoverage): number {
  const source = readFileSync(path, 'utf8')
  const hasRun = new Uint8Array(source.length).fill(1)
  // Ranges within others come after them, and say it more exactly.
  const ranges = functions.flatMap((covered) => covered.ranges)
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  for (const { startOffset, endOffset, count } of ranges) {
    hasRun.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  }
  let at = 0
  let lines = 0
  let run = 0
  for (const line of source.split('\n')) {
    const text = line.trim()
    if (text !== '' && !/^(\/\/|\/?\*)/.test(text)) {
      lines++
      run += hasRun[at + line.indexOf(text)]!
    }
    at += line.length + 1
  }
  return run / lines
}
