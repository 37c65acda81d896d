/**
 * Watching Ringlog from outside: its metrics in the text that Prometheus scrapes.
 *
 * @module @ringlog/monitoring
 */
export { PROMETHEUS_CONTENT_TYPE, prometheusMetrics } from './prometheus/prometheus-metrics.ts'
