/**
 * A page on 127.0.0.1 that shows a broker live: partitions with their offsets, groups, full rings. `ringlog` itself
 * loads none of it.
 *
 * @module ringlog/monitor
 */
export * from '@ringlog/monitoring/monitor'
