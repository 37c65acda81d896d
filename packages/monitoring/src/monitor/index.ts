/**
 * A page of this machine's alone that shows a broker live: partitions with their offsets, groups, full rings.
 *
 * @module @ringlog/monitoring/monitor
 */
// Refuses a release of Node.js that is too old, as every entry does.
import '@ringlog/core/internal'

export { startMonitor, type Monitor, type MonitorConfig } from './start-monitor.ts'
