import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { freePort } from '../src/outside/free-port.ts'
import type { BenchReport } from '../src/report/bench-report.ts'
import { runBench } from '../src/run-bench.ts'
import { loadScenario } from '../src/runner/load-scenario.ts'
import { BUILT_IN_SCENARIOS } from '../src/scenarios/index.ts'
import { bench, folder, printed } from './bench-rig.ts'

const builtIn = await Promise.all(BUILT_IN_SCENARIOS.map(({ href }) => loadScenario(href)))

/** @param name Of a module in the test's folder. */
async function expectRefusal(name: string, reason: string): Promise<void> {
  const args = ['--scenario-file', join(folder, name)]
  await expect(runBench(args, join(folder, 'latest.json'))).rejects.toThrow(reason)
}

describe('the bench', () => {
  test('lists its scenarios, and measures none', async () => {
    expect(await runBench(['--list'], join(folder, 'latest.json'))).toBe(true)
    for (const { name } of builtIn) expect(printed).toContain(`${name}\n    `)
    expect(printed).toContain('records 3000000, recordSizeBytes 100, batchSizeBytes 65536')
    expect(await readdir(folder)).toEqual([])
  })

  test.each([
    ['ping-pong', 'ping-pong p50 / (2 × doorbell round trip p50)'],
    ['paced-100k', 'paced-100k p50 / one-way parked wake-up p50'],
  ])(
    'tells how the times of %s are distributed, and what they are made of',
    async (name, ratio) => {
      const { scenarios, ratios } = await bench(`--scenario ${name} --runs 1 --records 500`)
      const { p50, p90, p99, p999, max } = scenarios[0]!.latencyMicros!
      const ordered = [p50, p90, p99, p999, max]
      expect(ordered).toEqual(ordered.toSorted((a, b) => a - b))
      expect(p50).toBeGreaterThan(0)
      expect(ratios[ratio]).toBeGreaterThan(0)
      expect(printed).toContain(ratio)
    },
    60_000,
  )

  test('takes parameters, and writes the report to another file as well', async () => {
    const json = join(folder, 'mine.json')
    const html = join(folder, 'mine.html')
    const report = await bench(
      `--scenario rpc-1p1c --runs 2 --json ${json} --html ${html} --records 100 --record-size 2000 ` +
        '--batch-size 4096 --linger 1 --wait spinThenPark',
    )
    expect(JSON.parse(await readFile(json, 'utf8'))).toEqual(report)
    const page = await readFile(html, 'utf8')
    expect(page).toBe(await readFile(join(folder, 'results', 'latest.html'), 'utf8'))
    expect(page).toContain('Records per second, values of 2,000 bytes')
    const again = join(folder, 'again.html')
    expect(await runBench(['--from', json, '--html', again], '/nowhere')).toBe(true)
    expect(await readFile(again, 'utf8')).toBe(page)
    const [{ parameters, runs, details }] = report.scenarios as [BenchReport['scenarios'][0]]
    expect(runs).toBe(2)
    // Two records of 2,000 bytes fit a batch of 4,096.
    expect(details![0]!.log!.recordsPerBatch).toBeLessThanOrEqual(2)
    expect(parameters).toEqual({
      records: 100,
      recordSizeBytes: 2000,
      batchSizeBytes: 4096,
      lingerMs: 1,
      wait: 'spinThenPark',
      producers: 1,
      partitions: 1,
      consumers: 1,
    })
  }, 60_000)

  test('starts a topic of as many partitions as asked for', async () => {
    const { scenarios } = await bench('--scenario start-up --runs 1 --partitions 2')
    expect(scenarios[0]!.figures!['topicStartMs']!.median).toBeGreaterThan(0)
  }, 60_000)

  test('goes through what a scenario goes through by itself, but for what flags set', async () => {
    const { scenarios } = await bench(
      '--scenario wait-strategies --runs 1 --records 100 --producers 2',
    )
    expect(scenarios.map(({ name, parameters }) => [name, parameters.producers])).toEqual([
      ['wait-strategies wait=park', 2],
      ['wait-strategies wait=spinThenPark', 2],
      ['wait-strategies wait=busySpin', 2],
    ])
  }, 60_000)

  test('tells what there was beside the runs: threads, collections, the host, the rate over time', async () => {
    const line = '--scenario shared-1p1c,start-up --runs 2 --records 400000'
    const [shared, startUp] = (await bench(line)).scenarios
    expect(startUp!.details).toBeUndefined()
    expect(shared!.details).toHaveLength(2)
    for (const [run, details] of shared!.details!.entries()) {
      expect(details.records / (details.elapsedMs / 1000)).toBeCloseTo(
        shared!.byRun!.recordsPerSecond[run]!,
      )
      const times = details.rates.map(({ atMs }) => atMs)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(times[0]).toBeLessThan(0)
      expect(times.at(-1)).toBeCloseTo(details.elapsedMs)
      expect(details.gc.longestMs).toBeLessThanOrEqual(details.gc.totalMs)
      if (process.platform !== 'linux') continue
      const threads = details.threads.map(({ name }) => name)
      expect(threads).toEqual(
        expect.arrayContaining(['producer-0', 'consumer-0', 'partition-bench']),
      )
      expect(details.host!.othersPercent).toBeLessThanOrEqual(100)
      const { looks, cores } = details.placement!
      expect(looks).toBeGreaterThan(0)
      // What had less than a hundredth of a second is not seen.
      const seen = cores.flatMap((core) => core.threads.map(({ name }) => name))
      expect(threads).toEqual(expect.arrayContaining(seen))
    }
    expect(printed).toContain('beside the runs')
  }, 60_000)

  test('serves a live page of the run that is under way', async () => {
    const port = await freePort()
    const running = bench(`--scenario paced-10k --runs 1 --records 20000 --watch ${port}`)
    const text = (): Promise<string> =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (response) => response.text(),
        () => '',
      )
    await expect.poll(text, { timeout: 20_000 }).toContain('<title>Ringlog monitor</title>')
    await running
    expect(printed).toContain(`the run under way: http://127.0.0.1:${port}/`)
    expect(await text()).toBe('')
  }, 60_000)

  test('paces records by the rate that was reached before', async () => {
    const line = '--scenario paced --load 10 --runs 1 --records 20000 --duration 200'
    const [paced] = (await bench(line)).scenarios
    const maximum = paced!.figures!['maximumRecordsPerSecond']!.median
    expect(paced!.recordsPerSecond!.median).toBeLessThan(maximum / 5)
    expect(paced!.latencyMicros!.p50).toBeGreaterThan(0)
  }, 60_000)

  test('runs a scenario of the user beside its own, and compares them', async () => {
    const file = fileURLToPath(new URL('./own.scenario.ts', import.meta.url))
    const { environment, scenarios, ratios } = await bench(
      `--scenario ${file},limit-comlink-round-trip --runs 1 --records 200`,
    )
    expect(scenarios.map(({ name, verified }) => [name, verified])).toEqual([
      ['limit-comlink-round-trip', true],
      ['own', true],
    ])
    expect(environment.node).toBe(process.version)
    expect(Object.keys(ratios)).toEqual(['own / limit-comlink-round-trip'])
  }, 60_000)

  test('refuses a module that has no scenario, is not there, or has the name of another', async () => {
    const scenario = "{ name: 'steps', parameters: {}, roles: {}, run() {} }"
    await writeFile(join(folder, 'none.mjs'), 'export default {}')
    await writeFile(join(folder, 'faulty.mjs'), "throw new Error('it is broken')")
    await writeFile(join(folder, 'steps.mjs'), `export default ${scenario}`)
    await expectRefusal('none.mjs', 'none.mjs has no scenario as its default export')
    await expectRefusal('faulty.mjs', 'faulty.mjs cannot be loaded: it is broken')
    await expectRefusal('absent.mjs', 'absent.mjs cannot be loaded: ')
    await expectRefusal('steps.mjs', 'there already is a scenario steps')
  })

  test('fails where a scenario does, and still writes the report', async () => {
    const latest = join(folder, 'latest.json')
    // No topic takes such records by default; the broker that was started is left behind.
    const args = ['--scenario', 'rpc-1p1c', '--record-size', '2000000', '--runs', '1']
    expect(await runBench(args, latest)).toBe(false)
    const { scenarios } = JSON.parse(await readFile(latest, 'utf8')) as BenchReport
    expect(scenarios[0]).toMatchObject({ verified: false, runs: 0 })
    expect(scenarios[0]!.error).toContain('record is too large')
    expect(printed).toContain('rpc-1p1c FAILED')
  }, 60_000)

  test('refuses before it measures: a file that cannot be written, a flag that contradicts', async () => {
    const json = join(folder, 'none', 'mine.json')
    await expect(runBench(['--json', json], join(folder, 'latest.json'))).rejects.toThrow(
      `--json ${json} cannot be written`,
    )
    await expect(runBench(['--compare', json], join(folder, 'latest.json'))).rejects.toThrow(
      `--compare ${json}: ENOENT`,
    )
    const contradiction = ['--scenario', 'rpc-1p1c', '--partitions', '2', '--json', 'x.json']
    await expect(runBench(contradiction, join(folder, 'latest.json'))).rejects.toThrow(
      '--partitions 2 contradicts scenario rpc-1p1c',
    )
    const html = join(folder, 'none', 'mine.html')
    await expect(runBench(['--html', html], join(folder, 'latest.json'))).rejects.toThrow(
      `--html ${html} cannot be written`,
    )
    expect(await readdir(folder)).toEqual([])
    const results = join(folder, 'results')
    await writeFile(results, 'no folder')
    await expect(runBench([], join(results, 'latest.json'))).rejects.toThrow(
      `the report ${join(results, 'latest.json')} cannot be written: ENOTDIR`,
    )
  })

  test.each(['', 'null', '{}', '{"scenarios":{}}', '{"scenarios":[{}]}'])(
    'refuses to make a page of what is no report: %o',
    async (text) => {
      const from = join(folder, 'old.json')
      await writeFile(from, text)
      await expect(
        runBench(['--from', from, '--html', join(folder, 'old.html')], '/nowhere'),
      ).rejects.toThrow(`--from ${from}: `)
      expect(await readdir(folder)).toEqual(['old.json'])
    },
  )
})
