import type { BenchReport } from '@ringlog/bench'

type Scenario = BenchReport['scenarios'][0]

export const HOSTILE_NAME = `</script><script>throw 1</script><img src=x onerror='throw 2'> "&amp;`

/** A report with something of everything, names of users included. */
export const SAMPLE_REPORT: BenchReport = {
  environment: {
    node: 'v26.10.0',
    cpu: 'A processor <b>',
    cores: 2,
    os: 'Linux 6.18',
    ringlog: '0.1.0',
    startedAt: '2026-11-28T08:00:00.000Z',
  },
  scenarios: [
    {
      ...rated('shared-1p1c', 12_345_678, { partitions: 1, producers: 1, consumers: 1 }),
      details: [1, 1.2].map(detailed),
    },
    rated('shared-1p1c-8-partitions', 9_000_000, { partitions: 8, producers: 1, consumers: 1 }),
    rated('shared-1p3c', 11_000_000, { partitions: 1, producers: 1, consumers: 3 }),
    rated('rpc-send-await', 31_234, { partitions: 1, producers: 1, consumers: 0 }),
    rated('limit-copy-pipeline', 25_000_000, {}),
    rated('rival-postmessage', 650_000, {}),
    rated(HOSTILE_NAME, 5_000_000, {}),
    rated(`an-experiment-with-a-name-that-${'goes-on-and-on-'.repeat(6)}`, 4_000_000, {}),
    ...Array.from({ length: 8 }, (_, i): Scenario => {
      const p50 = 8 + i * 3
      const latencyMicros = { p50, p90: p50 * 2, p99: p50 * 9, p999: p50 * 60, max: p50 * 900 }
      return {
        name: `paced-${i}`,
        parameters: { wait: 'park' },
        verified: true,
        runs: 3,
        latencyMicros,
      }
    }),
    {
      name: 'start-up',
      parameters: { partitions: 64 },
      verified: true,
      runs: 3,
      figures: { topicStartMs: { min: 10, median: 12, max: 31 } },
    },
    {
      name: 'lossy',
      parameters: {},
      verified: false,
      runs: 0,
      error: 'received 9 of <10> records',
    },
  ],
  ratios: {
    'shared-1p1c / rival-postmessage': 19,
    'shared-1p1c / limit-copy-pipeline': 0.49,
    'paced-1 p50 / one-way parked wake-up p50': 1.02,
  },
  cpuRatios: { 'shared-1p1c / rival-postmessage': 24.5 },
  ratioIntervals: {
    'shared-1p1c / rival-postmessage': { low: 15.1, high: 22 },
    'shared-1p1c / limit-copy-pipeline': { low: 0.4, high: 0.6 },
  },
  cpuRatioIntervals: {},
}

function rated(name: string, rate: number, parameters: Scenario['parameters']): Scenario {
  return {
    name,
    parameters: { records: 20_000_000, recordSizeBytes: 100, wait: 'park', ...parameters },
    verified: true,
    runs: 5,
    recordsPerSecond: { min: rate * 0.8, median: rate, max: rate * 1.1 },
    mebibytesPerSecond: { min: rate / 13e3, median: rate / 12e3, max: rate / 11e3 },
    cpuMicrosPerRecord: 1e6 / rate,
    peakRssMebibytes: 180.4,
  }
}

/** A run of two seconds after a warm-up of three. */
function detailed(factor: number): NonNullable<Scenario['details']>[0] {
  const threads = ['producer-0', 'partition-bench', 'consumer-0', 'node-V8Worker'].map(
    (name, index) => ({ name, cpuMicros: 1_600_000 / (index + factor), waitedMicros: 12_000 }),
  )
  const rates = Array.from({ length: 50 }, (_, index) => ({
    atMs: (index - 29) * 100 * factor,
    recordsPerSecond: 12e6 * (1 - 1 / (index + 2)) * factor,
  }))
  return {
    records: 20_000_000,
    elapsedMs: 2_000 * factor,
    threads,
    placement: {
      looks: 20,
      cores: [
        { core: 0, threads: [{ name: 'producer-0', cpuMicros: 1_500_000 * factor }] },
        {
          core: 1,
          threads: [
            { name: 'partition-bench', cpuMicros: 900_000 },
            { name: 'consumer-0', cpuMicros: 600_000 },
          ],
        },
      ],
      shared: [{ threads: ['consumer-0', 'partition-bench'], looks: 17 }],
    },
    gc: { count: 12, totalMs: 31.4, longestMs: 8.1 },
    host: { stolenPercent: 1.25, othersPercent: 12.5 },
    longestStallMs: 16.5,
    rates,
  }
}
