import { producedToDisk } from './produced-to-disk.ts'

/**
 * ```text
 *  producer ──lane─▶ partition worker ──ring──▶ storage thread ──▶ files
 * ```
 * What Kafka's `ProducerPerformance` does, in one process: acknowledged once it is written; the system syncs.
 */
export default producedToDisk({
  name: 'disk-produce',
  description: 'one producer, one partition on disk, nobody consumes: until all is acknowledged',
  comparedWith: ['rival-kafka'],
})
