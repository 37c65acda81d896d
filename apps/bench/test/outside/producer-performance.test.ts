import { expect, test } from 'vitest'
import { parseProducerPerformance } from '../../src/outside/producer-performance.ts'

const PROGRESS =
  '318312 records sent, 62857.8 records/sec (5.99 MB/sec), 2424.9 ms avg latency, 2994.0 ms max latency.'
const ALL =
  '2000000 records sent, 115400.150020 records/sec (11.01 MB/sec), 2019.72 ms avg latency, ' +
  '3119.00 ms max latency, 2121 ms 50th, 2886 ms 95th, 3046 ms 99th, 3104 ms 99.9th.'
const STEADY =
  '1000000 steady state records sent, 129098.889750 records/sec (12.31 MB/sec), 1911.88 ms avg ' +
  'latency, 2994.00 ms max latency, 2085 ms 50th, 2823 ms 95th, 2920 ms 99th, 2975 ms 99.9th.'

test('what came after the warm-up counts, where there was one', () => {
  const warmUp = 'Warmup first 1000000 records. Steady state results will print after the summary.'
  const printed = [warmUp, PROGRESS, 'In steady state.', PROGRESS, ALL, STEADY, '', ''].join('\n')
  const steady = { records: 1_000_000, recordsPerSecond: 129_098.889_75 }
  expect(parseProducerPerformance(printed)).toEqual(steady)
})

test('without one all of it counts, and progress does not', () => {
  const all = { records: 2_000_000, recordsPerSecond: 115_400.150_02 }
  expect(parseProducerPerformance([PROGRESS, ALL].join('\n'))).toEqual(all)
})

test.each([
  '',
  PROGRESS,
  'org.apache.kafka.common.errors.TimeoutException: Topic bench not present',
])('no result is an error that shows what was printed: %o', (printed) => {
  expect(() => parseProducerPerformance(printed)).toThrow(`printed no result: ${printed}`)
})
