import type { LogReader } from '../ring/log-reader.ts'
import type { StartPosition } from './consumer-engine.ts'

/** The offset to start from in a log: for an offset, the larger of it and the log's start. */
export function startOffsetOf(
  start: StartPosition,
  { logStartOffset, endOffset }: Pick<LogReader, 'logStartOffset' | 'endOffset'>,
): number {
  if (start === 'latest') return endOffset
  return start === 'earliest' ? logStartOffset : Math.max(start, logStartOffset)
}
