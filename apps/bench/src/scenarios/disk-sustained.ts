import { produceFor } from '../roles/producing.ts'
import { producedToDisk } from './produced-to-disk.ts'

/** More than the system's memory keeps back: what the disk takes in the long run. */
export default producedToDisk({
  name: 'disk-sustained',
  description: 'disk-produce for 12 s; the storage thread has a sync begun every 32 MiB',
  parameters: { records: 5_000_000, durationMs: 12_000 },
  comparedWith: ['limit-disk-write'],
  producer: produceFor,
})
