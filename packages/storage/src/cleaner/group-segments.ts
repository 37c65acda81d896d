import type { SegmentToClean } from './cleaning-job.ts'

const MAX_INT32 = 2 ** 31 - 1

/**
 * Puts segments together that become one: so that log files do not get ever smaller, and none gets larger than
 * `segmentBytes`, even if all of its records stay, or has offsets that its index cannot hold. (An index that would be
 * too large itself cannot come: see `isRollDue`.)
 *
 * Source: Apache Kafka, `Cleaner.groupSegmentsBySize`.
 */
export function groupSegments(
  segments: readonly SegmentToClean[],
  segmentBytes: number,
): SegmentToClean[][] {
  const groups: SegmentToClean[][] = []
  let groupBytes = 0
  for (const segment of segments) {
    const group = groups.at(-1)
    const fits =
      group !== undefined &&
      groupBytes + segment.fileBytes <= segmentBytes &&
      segment.endOffset - 1 - group[0]!.baseOffset <= MAX_INT32
    if (fits) group.push(segment)
    else groups.push([segment])
    groupBytes = fits ? groupBytes + segment.fileBytes : segment.fileBytes
  }
  return groups
}
