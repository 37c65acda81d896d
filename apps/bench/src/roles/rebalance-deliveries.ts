import type { Measurement } from '../define-scenario.ts'
import { LatencyHistogram } from '../metrics/latency-histogram.ts'

/** What a member was given of a partition for as long as it had it: offsets without a gap. */
export interface Delivery {
  readonly partition: number
  readonly firstOffset: number
  nextOffset: number
  readonly firstWrittenAtMs: number
  readonly firstAtMs: number
  lastAtMs: number
  /** When the member was told to let go; `null`: it kept the partition to the end. */
  revokedAtMs: number | null
  /** Between two polls that brought records of the partition. */
  longestGapMs: number
}

export interface MemberReport {
  /** Whether it is the member that leaves and joins. */
  readonly isGuest: boolean
  readonly deliveries: Delivery[]
}

/**
 * Puts together what all members were given.
 *
 * @param end How many records each partition had.
 * @throws Error unless each record of each partition was delivered once, and in order.
 */
export function sumUp(
  reports: readonly MemberReport[],
  partitions: number,
  end: number,
): Pick<Measurement, 'latency' | 'figures'> {
  const moves = new LatencyHistogram()
  const silences = new LatencyHistogram()
  const deliveries = reports.flatMap((report) => report.deliveries)
  for (let partition = 0; partition < partitions; partition++) {
    const ofPartition = deliveries
      .filter((delivery) => delivery.partition === partition)
      .toSorted((a, b) => a.firstOffset - b.firstOffset)
    let nextOffset = 0
    let before: Delivery | null = null
    for (const delivery of ofPartition) {
      if (delivery.firstOffset !== nextOffset) {
        throw new Error(
          `partition ${partition}: ${delivery.firstOffset} was delivered after ${nextOffset - 1}`,
        )
      }
      nextOffset = delivery.nextOffset
      if (before !== null) {
        if (before.revokedAtMs === null) {
          throw new Error(`partition ${partition} had two owners at once`)
        }
        moves.record(delivery.firstAtMs - Math.max(before.revokedAtMs, delivery.firstWrittenAtMs))
        silences.record(delivery.firstAtMs - before.lastAtMs)
      }
      before = delivery
    }
    if (nextOffset !== end) {
      throw new Error(`partition ${partition}: ${nextOffset} of ${end} records were delivered`)
    }
  }
  const stayed = reports.filter(({ isGuest }) => !isGuest).flatMap((report) => report.deliveries)
  const silence = silences.summary()
  return {
    latency: moves.summary(),
    figures: {
      partitionsMoved: moves.count,
      movedSilenceP99Ms: silence.p99 / 1000,
      movedSilenceMaxMs: silence.max / 1000,
      keptLongestGapMs: Math.max(...stayed.map(({ longestGapMs }) => longestGapMs)),
    },
  }
}
