import type { Sample } from './sample.ts'

/** Memory at the end may be so much more than at the mark. */
const MAX_GROWTH = 0.05
/**
 * So many bytes a minute it may grow, by the slope over all minutes from the mark on. Heaps come and go by some 5 MiB
 * either way; over 15 minutes that makes a slope of 0.3 MiB a minute by chance.
 */
const MAX_SLOPE_BYTES = 1024 * 1024
/** Below so many minutes chance makes slopes as large as that. */
const MIN_SLOPE_MINUTES = 6
/** Readers of files keep some open; segments are synced, and then closed. */
const MORE_DESCRIPTORS = 8
/** A segment of each partition comes and goes. */
const MAX_DISK_GROWTH = 0.2
/** The mark: what is loaded, compiled and started at first is there by then. */
const MARK_SECOND = 300
/** The mark of memory: the heaps of threads that live on have grown by then to what they come and go by. */
const MEMORY_MARK_SECOND = 900
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

/** Holds the end of a run against its mark: minute five, memory against minute 15; where it is shorter, a third of it. */
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

  const equal = (of: keyof Sample): Judgement => ({
    what: `${of} equal`,
    isKept: after(of) === before(of),
    facts: `${before(of)} → ${after(of)}`,
  })
  const maxLag = LAG_SECONDS * Math.max(after('acknowledged'), before('acknowledged'))
  return [
    ...judgeMemory(samples, markSecond, windowSeconds),
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

function judgeMemory(
  samples: readonly Sample[],
  shortMarkSecond: number,
  windowSeconds: number,
): Judgement[] {
  const endSecond = samples.at(-1)!.second
  const isLong = endSecond >= MEMORY_MARK_SECOND + 2 * windowSeconds
  const markSecond = isLong ? MEMORY_MARK_SECOND : shortMarkSecond
  const since = samples.filter(({ second }) => second >= markSecond)
  const mark = since.filter(({ second }) => second < markSecond + windowSeconds)
  const end = since.filter(({ second }) => second > endSecond - windowSeconds)
  const before = median(mark, 'rssBytes')
  const after = median(end, 'rssBytes')
  const growth = after / before - 1
  return [
    {
      what: `RSS within ${MAX_GROWTH * 100} % of second ${Math.round(markSecond)}`,
      isKept: growth <= MAX_GROWTH,
      facts:
        `${mebibytes(before)} → ${mebibytes(after)} MiB, ` +
        `${growth >= 0 ? '+' : ''}${(growth * 100).toFixed(1)} %`,
    },
    ...(isLong ? judgeSlope(since) : []),
  ]
}

/** Whether memory grows with the time, if ever so slowly: the end alone may be a moment when little is in use. */
function judgeSlope(samples: readonly Sample[]): Judgement[] {
  const minutes = new Map<number, Sample[]>()
  for (const sample of samples) {
    const minute = Math.floor((sample.second - samples[0]!.second) / 60)
    minutes.set(minute, [...(minutes.get(minute) ?? []), sample])
  }
  if (minutes.size < MIN_SLOPE_MINUTES) return []
  const slope = slopeOf(
    [...minutes].map(([minute, within]) => [minute, median(within, 'rssBytes')]),
  )
  return [
    {
      what: `RSS grows by at most ${mebibytes(MAX_SLOPE_BYTES)} MiB a minute`,
      isKept: slope <= MAX_SLOPE_BYTES,
      facts: `${mebibytes(slope)} MiB a minute, over ${minutes.size} minutes`,
    },
  ]
}

/** The median of the slopes between any two points: outliers do not move it. Source: Theil and Sen. */
function slopeOf(points: ReadonlyArray<readonly [x: number, y: number]>): number {
  const slopes = points.flatMap(([x, y], index) =>
    points.slice(index + 1).map(([laterX, laterY]) => (laterY - y) / (laterX - x)),
  )
  return medianOf(slopes)
}

function median(samples: readonly Sample[], of: keyof Sample): number {
  return medianOf(samples.map((sample) => sample[of]))
}

function medianOf(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b)
  return ascending[Math.floor(ascending.length / 2)]!
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
