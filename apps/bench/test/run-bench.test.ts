import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BenchReport } from '../src/report/bench-report.ts'
import { runBench } from '../src/run-bench.ts'

const SCENARIOS = [
  'rpc-1p1c',
  'rpc-3p3c',
  'rival-postmessage',
  'rival-comlink',
  'limit-copy-pipeline',
  'rpc-send-await',
  'limit-comlink-round-trip',
  'memory',
  'start-up',
]

let folder: string
let printed: string

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

/** @param line With blanks between its words only. */
async function bench(line: string): Promise<BenchReport> {
  const latest = join(folder, 'results', 'latest.json')
  expect(await runBench(line.split(' '), latest), printed).toBe(true)
  return JSON.parse(await readFile(latest, 'utf8')) as BenchReport
}

describe('the bench', () => {
  test('lists its scenarios, and measures none', async () => {
    expect(await runBench(['--list'], join(folder, 'latest.json'))).toBe(true)
    for (const name of SCENARIOS) expect(printed).toContain(`${name}\n    `)
    expect(printed).toContain('records 3000000, recordSizeBytes 100, batchSizeBytes 65536')
    expect(await readdir(folder)).toEqual([])
  })

  test('runs every scenario, briefly, and finds every record in its place', async () => {
    const suite = SCENARIOS.filter((name) => name !== 'start-up')
    const { environment, scenarios, ratios } = await bench(
      `--scenario ${suite.join(',')} --runs 1 --records 2000`,
    )
    expect(scenarios.map(({ name, verified }) => [name, verified])).toEqual(
      suite.map((name) => [name, true]),
    )
    for (const { recordsPerSecond, parameters, peakRssMebibytes } of scenarios) {
      expect(parameters).toMatchObject({ records: 2000 })
      expect(recordsPerSecond!.median).toBeGreaterThan(0)
      expect(peakRssMebibytes).toBeGreaterThan(1)
    }
    expect(environment.node).toBe(process.version)
    expect(Object.keys(ratios)).toEqual([
      'rpc-1p1c / rival-postmessage',
      'rpc-1p1c / rival-comlink',
      'rpc-1p1c / limit-copy-pipeline',
      'rpc-3p3c / rpc-1p1c',
      'rpc-send-await / limit-comlink-round-trip',
    ])
  }, 60_000)

  test('takes parameters, and writes the report to another file as well', async () => {
    const json = join(folder, 'mine.json')
    const report = await bench(
      `--scenario rpc-1p1c --runs 2 --json ${json} --records 100 --record-size 2000 ` +
        '--batch-size 4096 --linger 1 --wait busySpin',
    )
    expect(JSON.parse(await readFile(json, 'utf8'))).toEqual(report)
    const [{ parameters, runs }] = report.scenarios as [BenchReport['scenarios'][0]]
    expect(runs).toBe(2)
    expect(parameters).toEqual({
      records: 100,
      recordSizeBytes: 2000,
      batchSizeBytes: 4096,
      lingerMs: 1,
      wait: 'busySpin',
      producers: 1,
      partitions: 1,
      consumers: 1,
    })
  }, 30_000)

  test('starts a topic of as many partitions as asked for', async () => {
    const { scenarios } = await bench('--scenario start-up --runs 1 --partitions 2')
    expect(scenarios[0]!.figures!['topicStartMs']!.median).toBeGreaterThan(0)
  }, 30_000)

  test('fails where a scenario does, and still writes the report', async () => {
    const latest = join(folder, 'latest.json')
    // No topic takes such records by default; the broker that was started is left behind.
    const args = ['--scenario', 'rpc-1p1c', '--record-size', '2000000', '--runs', '1']
    expect(await runBench(args, latest)).toBe(false)
    const { scenarios } = JSON.parse(await readFile(latest, 'utf8')) as BenchReport
    expect(scenarios[0]).toMatchObject({ verified: false, runs: 0 })
    expect(scenarios[0]!.error).toContain('record is too large')
    expect(printed).toContain('rpc-1p1c FAILED')
  }, 30_000)

  test('refuses before it measures: a file that cannot be written, a flag that contradicts', async () => {
    const json = join(folder, 'none', 'mine.json')
    await expect(runBench(['--json', json], join(folder, 'latest.json'))).rejects.toThrow(
      `--json ${json} cannot be written`,
    )
    const contradiction = ['--scenario', 'rpc-1p1c', '--partitions', '2', '--json', 'x.json']
    await expect(runBench(contradiction, join(folder, 'latest.json'))).rejects.toThrow(
      '--partitions 2 contradicts scenario rpc-1p1c',
    )
    expect(await readdir(folder)).toEqual([])
  })
})
