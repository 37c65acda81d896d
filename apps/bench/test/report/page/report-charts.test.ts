import { describe, expect, test } from 'vitest'
import type { BenchReport, ScenarioReport } from '../../../src/report/bench-report.ts'
import { reportCharts } from '../../../src/report/page/report-charts.ts'
import { scalingCharts } from '../../../src/report/page/scaling-charts.ts'

function rated(
  name: string,
  rate: number,
  parameters: ScenarioReport['parameters'],
): ScenarioReport {
  const recordsPerSecond = { min: rate - 1, median: rate, max: rate + 1 }
  return { name, parameters, verified: true, runs: 3, recordsPerSecond }
}

describe('the charts of a report', () => {
  test('rates are beside limits and rivals with records of the same size, the fastest first', () => {
    const report = {
      scenarios: [
        rated('shared', 200, { recordSizeBytes: 100 }),
        rated('limit-copy', 300, { recordSizeBytes: 100 }),
        rated('shared-1k', 50, { recordSizeBytes: 1024 }),
        rated('rival-a', 100, { recordSizeBytes: 100 }),
        rated('pool', 10, {}),
      ],
    } as unknown as BenchReport
    const charts = reportCharts(report)
    expect(charts.map(({ title }) => title)).toEqual([
      'Records per second, values of 100 bytes',
      'Records per second, values of 1,024 bytes',
      'Records per second',
    ])
    expect(charts[0]).toMatchObject({
      bars: [
        { name: 'limit-copy', kind: 'limit', median: 300, text: '300 (299 – 301)' },
        { name: 'shared', kind: 'ringlog' },
        { name: 'rival-a', kind: 'rival' },
      ],
      table: { rows: [['limit-copy', '300', '299', '301'], ['shared', '200', '199', '201'], {}] },
    })
  })

  test('leaves out what the report has no number for', () => {
    const report = {
      scenarios: [
        { name: 'a', recordsPerSecond: { min: 1, median: null, max: 2 }, cpuMicrosPerRecord: null },
        { name: 'b', latencyMicros: null, figures: null },
      ],
      ratios: { 'a / b': null, 'b / a': 0 },
    } as unknown as BenchReport
    expect(reportCharts(report)).toEqual([])
  })

  test('scales what differs by one number of threads only', () => {
    const shape = { partitions: 1, producers: 1, consumers: 1, wait: 'park' }
    const charts = scalingCharts([
      rated('shared-1p1c', 10, { ...shape, records: 5 }),
      rated('shared-1p1c-8-partitions', 60, { ...shape, partitions: 8, records: 9 }),
      rated('shared-1p1c-4-partitions', 35, { ...shape, partitions: 4 }),
      rated('shared-3p3c', 20, { ...shape, producers: 3, consumers: 3, partitions: 3 }),
      rated('shared-1p1c-spinning-2-partitions', 20, { ...shape, partitions: 2 }),
      rated('rpc-1p1c', 1, { ...shape, partitions: 2 }),
    ])
    expect(charts.map(({ title }) => title)).toEqual(['Records per second by partitions'])
    expect(charts[0]).toMatchObject({
      xs: [{ label: '1' }, { label: '4' }, { label: '8' }],
      lines: [{ name: 'shared-1p1c', values: [10, 35, 60], lows: [9, 34, 59] }],
    })
  })

  test('a matrix of one scenario has a curve for each of its other parameters', () => {
    const [chart] = scalingCharts(
      ['park', 'busySpin'].flatMap((wait) =>
        [1, 2].map((partitions) =>
          rated(`mine wait=${wait} partitions=${partitions}`, partitions, { wait, partitions }),
        ),
      ),
    )
    expect(chart!.lines.map(({ name }) => name)).toEqual(['mine wait=park', 'mine wait=busySpin'])
  })

  test('sizes of values and of batches have curves, too', () => {
    const charts = scalingCharts(
      [1, 1_024].flatMap((batchSizeBytes) =>
        [16, 64].map((recordSizeBytes) =>
          rated(`a batch-size=${batchSizeBytes} record-size=${recordSizeBytes}`, 9, {
            batchSizeBytes,
            recordSizeBytes,
          }),
        ),
      ),
    )
    expect(charts.map(({ title, lines }) => [title, lines.map(({ name }) => name)])).toEqual([
      ['Records per second by recordSizeBytes', ['a batch-size=1', 'a batch-size=1024']],
      ['Records per second by batchSizeBytes', ['a record-size=16', 'a record-size=64']],
    ])
  })
})
