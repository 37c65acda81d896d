/** What the files of a segment hold; each has the segment's base offset for its name. */
export type SegmentFileSuffix = '.log' | '.index' | '.timeindex' | '.snapshot'

/** A file that retention or recovery has given up, and is about to unlink. */
export const DELETED_SUFFIX = '.deleted'
/** A file that the cleaner has not finished. */
export const CLEANED_SUFFIX = '.cleaned'
/** A file that the cleaner has finished, and that is to take the place of what it was made from. */
export const SWAP_SUFFIX = '.swap'

/** What follows the name of a file that is not, or not any more, one of the log's. */
export type FileState = '' | typeof DELETED_SUFFIX | typeof CLEANED_SUFFIX | typeof SWAP_SUFFIX

const OFFSET_DIGITS = 20
const NAME = /^(\d{20})(\.log|\.index|\.timeindex|\.snapshot)$/

/** Kafka's name of a file: 20 digits of the base offset, and what it holds. */
export function segmentFileName(baseOffset: number, suffix: SegmentFileSuffix): string {
  return `${String(baseOffset).padStart(OFFSET_DIGITS, '0')}${suffix}`
}

/** `null`: the name is that of another file. */
export function parseSegmentFileName(
  name: string,
): { baseOffset: number; suffix: SegmentFileSuffix } | null {
  const match = NAME.exec(name)
  if (match === null) return null
  return { baseOffset: Number(match[1]), suffix: match[2] as SegmentFileSuffix }
}

/** The base offsets of all files with one suffix, ascending. */
export function baseOffsetsOf(names: readonly string[], suffix: SegmentFileSuffix): number[] {
  return names
    .map((name) => parseSegmentFileName(name))
    .filter((parsed) => parsed?.suffix === suffix)
    .map((parsed) => parsed!.baseOffset)
    .sort((a, b) => a - b)
}
