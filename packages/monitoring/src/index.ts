/**
 * Watching Ringlog from outside: its metrics in the text that Prometheus scrapes.
 *
 * @module @ringlog/monitoring
 */
// Refuses a release of Node.js that is too old, as every entry does.
import '@ringlog/core/internal'

export { PROMETHEUS_CONTENT_TYPE, prometheusMetrics } from './prometheus/prometheus-metrics.ts'
