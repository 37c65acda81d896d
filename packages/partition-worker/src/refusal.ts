import { RinglogError, type RinglogErrorCode } from '@ringlog/core/internal/partition-thread'

/** The refusals that may come of code which is not JavaScript: that of codecs. */
const OF_CODECS: ReadonlySet<RinglogErrorCode> = new Set([
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_COMPRESSION_TYPE',
])

/**
 * Whether an append failed because of the batch, whatever becomes of this thread.
 *
 * From when a thread is told to end until it does, calls of native code return nothing, or throw; JavaScript
 * goes on, also in a `catch`. But no further turn of the event loop begins. So what may be wrong with the thread
 * rather than with the batch is told a turn later (INV-100).
 */
export function isOfBatch(error: unknown): error is RinglogError {
  return RinglogError.is(error) && !OF_CODECS.has(error.code)
}
