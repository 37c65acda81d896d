import type { Sample } from '../sample.ts'

/** One chart of the page: lines over the seconds of a run. */
export interface Chart {
  readonly title: string
  /** What a sample's number is divided by to be shown. */
  readonly unit: number
  readonly lines: ReadonlyArray<{ readonly label: string; readonly of: keyof Sample }>
}

const MEBIBYTE = 2 ** 20

export const CHARTS: readonly Chart[] = [
  {
    title: 'Memory of the process, MiB',
    unit: MEBIBYTE,
    lines: [{ label: 'RSS', of: 'rssBytes' }],
  },
  {
    title: 'Memory of the main thread, MiB',
    unit: MEBIBYTE,
    lines: [
      { label: 'heap', of: 'heapBytes' },
      { label: 'external', of: 'externalBytes' },
    ],
  },
  {
    title: 'Threads and handles',
    unit: 1,
    lines: [
      { label: 'threads', of: 'threads' },
      { label: 'handles of the main thread', of: 'handles' },
      { label: 'file descriptors', of: 'fileDescriptors' },
    ],
  },
  {
    title: 'What the broker keeps of its clients',
    unit: 1,
    lines: [
      { label: 'clients', of: 'clients' },
      { label: 'connections to partitions', of: 'connections' },
      { label: 'gates', of: 'gates' },
    ],
  },
  { title: 'On disk, MiB', unit: MEBIBYTE, lines: [{ label: 'log files', of: 'diskBytes' }] },
  { title: 'Compaction', unit: 1, lines: [{ label: 'rounds so far', of: 'compactions' }] },
  { title: 'Lag of the groups, records', unit: 1, lines: [{ label: 'lag', of: 'lag' }] },
  {
    title: 'Records a second',
    unit: 1,
    lines: [
      { label: 'acknowledged', of: 'acknowledged' },
      { label: 'consumed', of: 'consumed' },
      { label: 'failed', of: 'failed' },
    ],
  },
]
