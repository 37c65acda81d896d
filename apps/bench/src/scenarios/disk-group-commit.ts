import { producedToDisk } from './produced-to-disk.ts'

/** A lane has 16 batches on their way. */
export default producedToDisk({
  name: 'disk-group-commit',
  description: 'four producers, 64 batches of 16 KiB in flight, acknowledged once synced',
  disk: { flushMessages: 1 },
  producers: 4,
  parameters: { records: 4_000_000, batchSizeBytes: 16_384 },
  comparedWith: ['limit-sync'],
})
