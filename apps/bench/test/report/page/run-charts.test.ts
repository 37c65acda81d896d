import { expect, test } from 'vitest'
import type { ScenarioReport } from '../../../src/report/bench-report.ts'
import { runCharts } from '../../../src/report/page/run-charts.ts'
import type { RunDetails } from '../../../src/runner/run-details.ts'

function run(
  cpuMicros: Record<string, number>,
  rates: RunDetails['rates'],
  placement: RunDetails['placement'] = null,
): RunDetails {
  return {
    records: 1_000,
    elapsedMs: 1_000,
    threads: Object.entries(cpuMicros).map(([name, micros]) => ({
      name,
      cpuMicros: micros,
      waitedMicros: 0,
    })),
    placement,
    gc: { count: 0, totalMs: 0, longestMs: 0 },
    host: null,
    longestStallMs: 0,
    rates,
  }
}

function chartsOf(...details: RunDetails[]) {
  const report: ScenarioReport = { name: 'a', parameters: {}, verified: true, runs: 2, details }
  return runCharts([report])
}

test('the rate of each run is drawn over one axis of seconds, with the start of the clock at 0', () => {
  const [chart] = chartsOf(
    run({}, [
      { atMs: -1_000, recordsPerSecond: 10 },
      { atMs: 0, recordsPerSecond: 20 },
      { atMs: 1_000, recordsPerSecond: 30 },
    ]),
    run({}, [{ atMs: 2_000, recordsPerSecond: 15 }]),
  )
  if (chart?.shape !== 'lines') throw new Error('there is no chart of rates')
  expect(chart.title).toBe('Rate over time: a')
  const labels = chart.xs.filter(({ label }) => label !== '')
  expect(labels.map(({ at, label }) => [at, label])).toEqual([
    [-2, '-2'],
    [-1, '-1'],
    [0, '0'],
    [1, '1'],
    [2, '2'],
  ])
  const at = (seconds: number) => {
    const index = chart.xs.findIndex((x) => Math.abs(x.at - seconds) < 1e-9)
    return chart.lines.map(({ values }) => values[index])
  }
  expect(at(-1.5)).toEqual([10, null])
  expect(at(-0.5)).toEqual([20, null])
  expect(at(0.5)).toEqual([30, 15])
  expect(at(1.5)).toEqual([null, 15])
})

test('what each thread takes of a record is drawn; those that take next to nothing are one', () => {
  const charts = chartsOf(
    run({ producer: 60, consumer: 30, idle: 0.4, other: 0.6 }, []),
    run({ producer: 80, consumer: 20, idle: 0.4 }, []),
  )
  expect(charts).toHaveLength(1)
  expect(charts[0]).toMatchObject({
    title: 'Processor time of a record by thread, ns: a',
    bars: [
      { name: 'producer', min: 60, median: 70, max: 80 },
      { name: 'consumer', min: 20, median: 25, max: 30 },
      { name: 'all other threads' },
    ],
  })
})

test('which threads ran on which core is drawn run by run, since cores have no roles', () => {
  const charts = chartsOf(
    run({}, [], {
      looks: 10,
      cores: [
        { core: 0, threads: [{ name: 'producer-0', cpuMicros: 900_000 }] },
        {
          core: 7,
          threads: [
            { name: 'partition-bench', cpuMicros: 500_000 },
            { name: 'consumer-0', cpuMicros: 250_000 },
            { name: 'idle', cpuMicros: 100 },
          ],
        },
        { core: 9, threads: [{ name: 'idle', cpuMicros: 100 }] },
      ],
      shared: [{ threads: ['consumer-0', 'partition-bench'], looks: 4 }],
    }),
    run({}, [], {
      looks: 1,
      cores: [{ core: 0, threads: [{ name: 'consumer-0', cpuMicros: 800_000 }] }],
      shared: [],
    }),
    run({}, []),
  )
  expect(charts).toHaveLength(1)
  expect(charts[0]).toMatchObject({
    title: 'Which threads ran on which core, % of the core: a',
    bars: [
      { name: 'run 1, core 0: producer-0 90', median: 90, text: '90 %' },
      { name: 'run 1, core 7: partition-bench 50, consumer-0 25', text: '75 %' },
      { name: 'run 2, core 0: consumer-0 80', text: '80 %' },
    ],
    table: {
      rows: [
        ['1', '0', 'producer-0', '90'],
        ['1', '7', 'partition-bench', '50'],
        ['1', '7', 'consumer-0', '25'],
        ['2', '0', 'consumer-0', '80'],
      ],
    },
  })
})

test('of a machine with many cores the eight busiest of a run are drawn, the table has all', () => {
  const cores = Array.from({ length: 20 }, (_, core) => ({
    core,
    threads: [{ name: `thread-${core}`, cpuMicros: (core + 1) * 20_000 }],
  }))
  const [chart] = chartsOf(run({}, [], { looks: 1, cores, shared: [] }))
  if (chart?.shape !== 'bars') throw new Error('there is no chart of cores')
  expect(chart.bars.map(({ median }) => median)).toEqual([26, 28, 30, 32, 34, 36, 38, 40])
  expect(chart.table.rows).toHaveLength(20)
})

test('a report that has no such details has no such charts', () => {
  expect(runCharts([{ name: 'a', parameters: {}, verified: true, runs: 1 }])).toEqual([])
  expect(chartsOf(run({}, []))).toEqual([])
})
