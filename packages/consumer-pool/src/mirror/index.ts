/**
 * `mirror`: the records of one log, and what comes, written to another.
 *
 * @module @ringlog/consumer-pool/mirror
 */
export { mirror, type Mirror, type MirrorEvent, type MirrorMetrics } from './mirror.ts'
export type { MirrorConfig } from './config.ts'
