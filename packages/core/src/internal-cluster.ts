/** As `internal.ts`: what only the engine of a cluster needs beside it. */
import './node-version.ts'

export { errorCodeOf, errorNumberOf } from './errors/error-numbers.ts'
export * from './record/record-batch-format.ts'
export { MAX_RING_BYTES, MIN_RING_BYTES, isRingBytes } from './ring/ring-log-layout.ts'
