import type { Sample } from './sample.ts'

/** Memory at the end may be so much more than at the mark. */
const MAX_GROWTH = 0.05
/** Readers of files keep some open; segments are synced, and then closed. */
const MORE_DESCRIPTORS = 8
/** A segment of each partition comes and goes. */
const MAX_DISK_GROWTH = 0.2
/** The mark: what is loaded, compiled and grown at first is there by then. */
const MARK_SECOND = 300
/** Medians are taken over so long: a thread that is just being replaced is in none of them. */
const WINDOW_SECONDS = 60
/** Groups may be so far behind, at the end of a minute, beside what comes in within some seconds. */
const LAG_SECONDS = 10

/** One of the promises, and whether it was kept. */
export interface Judgement {
  readonly what: string
  readonly isKept: boolean
  readonly facts: string
}

/** Holds the end of a run against its mark: minute five, or where it is shorter, a third of it. */
export function judge(samples: readonly Sample[]): Judgement[] {
  const endSecond = samples.at(-1)?.second ?? 0
  const isShort = endSecond < MARK_SECOND + 2 * WINDOW_SECONDS
  const markSecond = isShort ? endSecond / 3 : MARK_SECOND
  const windowSeconds = isShort ? endSecond / 6 : WINDOW_SECONDS
  const within = (from: number): Sample[] =>
    samples.filter(({ second }) => second >= from && second < from + windowSeconds)
  const mark = within(markSecond)
  const end = samples.filter(({ second }) => second > endSecond - windowSeconds)
  if (mark.length === 0 || end.length === 0) {
    return [{ what: 'long enough to judge', isKept: false, facts: `${endSecond} s` }]
  }
  const before = (of: keyof Sample): number => median(mark, of)
  const after = (of: keyof Sample): number => median(end, of)

  const growth = after('rssBytes') / before('rssBytes') - 1
  const equal = (of: keyof Sample): Judgement => ({
    what: `${of} equal`,
    isKept: after(of) === before(of),
    facts: `${before(of)} → ${after(of)}`,
  })
  const maxLag = LAG_SECONDS * Math.max(after('acknowledged'), before('acknowledged'))
  return [
    {
      what: `RSS within ${MAX_GROWTH * 100} % of second ${Math.round(markSecond)}`,
      isKept: growth <= MAX_GROWTH,
      facts:
        `${mebibytes(before('rssBytes'))} → ${mebibytes(after('rssBytes'))} MiB, ` +
        `${growth >= 0 ? '+' : ''}${(growth * 100).toFixed(1)} %`,
    },
    ...(['handles', 'threads', 'clients', 'connections', 'gates'] as const).map(equal),
    {
      what: `file descriptors at most ${MORE_DESCRIPTORS} more`,
      isKept: after('fileDescriptors') <= before('fileDescriptors') + MORE_DESCRIPTORS,
      facts: `${before('fileDescriptors')} → ${after('fileDescriptors')}`,
    },
    {
      what: `files within ${MAX_DISK_GROWTH * 100} %`,
      isKept: after('diskBytes') <= before('diskBytes') * (1 + MAX_DISK_GROWTH),
      facts: `${mebibytes(before('diskBytes'))} → ${mebibytes(after('diskBytes'))} MiB`,
    },
    {
      what: 'lag bounded',
      isKept: after('lag') <= maxLag,
      facts: `${before('lag')} → ${after('lag')} records, at most ${maxLag}`,
    },
    {
      what: 'records flow',
      isKept: after('acknowledged') > 0 && after('consumed') > 0,
      facts: `${after('acknowledged')}/s acknowledged, ${after('consumed')}/s consumed`,
    },
  ]
}

function median(samples: readonly Sample[], of: keyof Sample): number {
  const values = samples.map((sample) => sample[of]).sort((a, b) => a - b)
  return values[Math.floor(values.length / 2)]!
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
