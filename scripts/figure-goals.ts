/**
 * What is wanted of the figures: each of a report that has it, by `npm run docs:figures`.
 */

/** Where a report has a figure. */
export type FigurePath =
  | { readonly ratio: string }
  | { readonly scenario: string; readonly figure: string }
  | { readonly scenario: string; readonly latencyMicros: 'p50' | 'p99' }
  /** Records per second. */
  | { readonly rate: string }

export interface Goal {
  readonly what: string
  readonly at: FigurePath
  /** What the figure is wanted to be at least, or at most. */
  readonly atLeast?: number
  readonly atMost?: number
  /** Behind every number. */
  readonly unit?: string
}

/** By table. */
export const GOALS: Readonly<Record<string, readonly Goal[]>> = {
  monitor: [
    {
      what: 'processor time of the threads that the monitor works in, of all of the process',
      at: { scenario: 'monitor-open', figure: 'monitorPercent' },
      atMost: 2,
      unit: '%',
    },
    {
      what: 'the same: the upper end of where it lies by 95 %',
      at: { scenario: 'monitor-open', figure: 'monitorPercentHigh' },
      atMost: 2,
      unit: '%',
    },
    {
      what: 'processor time of a record in all threads, with the page open over closed: more by',
      at: { scenario: 'monitor-open', figure: 'recordCostPercent' },
      atMost: 2,
      unit: '%',
    },
  ],
  memory: [
    {
      what: '`shared-1p1c` / `limit-copy-pipeline`',
      at: { ratio: 'shared-1p1c / limit-copy-pipeline' },
      atLeast: 0.45,
    },
    {
      what: '`shared-1p1c` / `rival-postmessage`',
      at: { ratio: 'shared-1p1c / rival-postmessage' },
      atLeast: 30,
    },
    {
      what: '`rpc-1p1c` / `rival-postmessage`',
      at: { ratio: 'rpc-1p1c / rival-postmessage' },
      atLeast: 8,
    },
    {
      what: '`shared-1p1c-objects` (string keys, every key and value touched) / `rival-postmessage`',
      at: { ratio: 'shared-1p1c-objects / rival-postmessage' },
      atLeast: 10,
    },
    {
      what: '`shared-1p1c-send` (a promise a record, all awaited) / `rival-postmessage`',
      at: { ratio: 'shared-1p1c-send / rival-postmessage' },
      atLeast: 6,
    },
    {
      what: '`shared-3p3c` / `shared-1p1c`',
      at: { ratio: 'shared-3p3c / shared-1p1c' },
      atLeast: 0.7,
    },
    {
      what: '`shared-1p1c-8-partitions` / `shared-1p1c`',
      at: { ratio: 'shared-1p1c-8-partitions / shared-1p1c' },
      atLeast: 0.7,
    },
    {
      what: '`group-3p3c` / `assign-3p3c`',
      at: { ratio: 'group-3p3c / assign-3p3c' },
      atLeast: 0.9,
    },
    {
      what: '`auto-commit-500` (a commit at every poll of 500 records) / `poll-500`',
      at: { ratio: 'auto-commit-500 / poll-500' },
      atLeast: 0.95,
    },
    {
      what: '`runner` (an empty handler) / `poll-loop`',
      at: { ratio: 'runner / poll-loop' },
      atLeast: 0.8,
    },
  ],
  disk: [
    {
      what: '`disk-1p1c` / `shared-1p1c`',
      at: { ratio: 'disk-1p1c / shared-1p1c' },
      atLeast: 0.6,
    },
    {
      what: '`disk-sustained`, 12 s / `limit-disk-write`, bare writes with the same syncs',
      at: { ratio: 'disk-sustained / limit-disk-write' },
      atLeast: 1,
    },
    {
      what: '`disk-send-await`: acknowledgement, written, one in flight, p50',
      at: { scenario: 'disk-send-await', latencyMicros: 'p50' },
      atMost: 100,
      unit: 'µs',
    },
    {
      what: '`disk-send-await-synced`: the same, synced / `limit-sync`, a bare write and sync; p50',
      at: { ratio: 'disk-send-await-synced / limit-sync, p50' },
      atMost: 1.5,
    },
    {
      what: '`disk-group-commit`: batches a sync, 64 in flight',
      at: { scenario: 'disk-group-commit', figure: 'batchesPerSync' },
      atLeast: 20,
    },
    {
      what: '`disk-recovery`: a start that checks a GiB in batches of 16 KiB, cached',
      at: { scenario: 'disk-recovery', figure: 'recoveryMsPerGibibyte' },
      atMost: 600,
      unit: 'ms',
    },
    {
      what: '`disk-start`: a clean start with 100 partitions',
      at: { scenario: 'disk-start', figure: 'startMs' },
      atMost: 2_000,
      unit: 'ms',
    },
    {
      what: '`disk-catch-up`: a consumer reads a GiB from the files, records/s',
      at: { rate: 'disk-catch-up' },
      atLeast: 15e6,
    },
    {
      what: '`disk-catch-up-sync`: the same by `pollSync`, records/s',
      at: { rate: 'disk-catch-up-sync' },
      atLeast: 15e6,
    },
    {
      what: '`disk-behind` (a slow consumer, a GiB behind) / `disk-produce`',
      at: { ratio: 'disk-behind / disk-produce' },
      atLeast: 0.9,
    },
    {
      what: "`disk-produce` / `rival-kafka`, Kafka's `ProducerPerformance` on the same disk",
      at: { ratio: 'disk-produce / rival-kafka' },
      atLeast: 8,
    },
  ],
  cluster: [
    {
      what: '`cluster-produce` (`write`, acks all) / the fastest other client for Node.js',
      at: { ratio: 'cluster-produce / the fastest other client' },
      atLeast: 3,
    },
    {
      what: "`cluster-produce` / Kafka's `ProducerPerformance`",
      at: { ratio: 'cluster-produce / ProducerPerformance' },
      atLeast: 3,
    },
    {
      what: '`cluster-consume` (`cursor`) / the fastest other client',
      at: { ratio: 'cluster-consume / the fastest other client' },
      atLeast: 3.5,
    },
    {
      what: '`cluster-consume-records` (an object a record) / the fastest other client',
      at: { ratio: 'cluster-consume-records / the fastest other client' },
      atLeast: 2.5,
    },
    {
      what: '`cluster-end-to-end` / the fastest other client',
      at: { ratio: 'cluster-end-to-end / the fastest other client' },
      atLeast: 2,
    },
    {
      what: '`cluster-send` (`send`, awaited one by one) / @platformatic/kafka; latency, p50',
      at: { ratio: 'cluster-send / platformatic, p50' },
      atMost: 1,
    },
    {
      what: '`cluster-partitions`: producing to 200 partitions in 20 topics / to one',
      at: { ratio: 'cluster-partitions: produce, 200 / 1' },
      atLeast: 0.8,
    },
    {
      what: '`cluster-partitions`: consuming from 200 / from one',
      at: { ratio: 'cluster-partitions: consume, 200 / 1' },
      atLeast: 0.8,
    },
    {
      what: '`cluster-partitions`: the most memory of the process, in which there are all four clients',
      at: { scenario: 'cluster-partitions', figure: 'peakRssMebibytes' },
      atMost: 300,
      unit: 'MiB',
    },
  ],
}
