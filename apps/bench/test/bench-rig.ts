import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { BenchReport } from '../src/report/bench-report.ts'
import { runBench } from '../src/run-bench.ts'

/** Of the test that runs. */
export let folder: string
/** By the test that runs. */
export let printed: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringlog-bench-'))
  printed = ''
  const print = (...lines: unknown[]): void => void (printed += `${lines.join(' ')}\n`)
  vi.spyOn(console, 'log').mockImplementation(print)
  vi.spyOn(console, 'error').mockImplementation(print)
})

afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

/**
 * Runs the bench, and reads its report.
 *
 * @param line With blanks between its words only.
 */
export async function bench(line: string): Promise<BenchReport> {
  const latest = join(folder, 'results', 'latest.json')
  expect(await runBench(line.split(' '), latest), printed).toBe(true)
  return JSON.parse(await readFile(latest, 'utf8')) as BenchReport
}
