/**
 * Publishes batches of one record, which follow from their offsets, from where the files in a directory end; prints
 * each high watermark that it sees. For a test that kills it.
 *
 * Arguments: the directory, `flushMessages` or "none".
 */
import { createRingLogMemory } from '@ringlog/core/internal'
import { Doorbell, STORED_ON_DISK } from '@ringlog/core/internal/storage'
import { StorageHost, cleanerUrl, storageThreadUrl, syncThreadUrl } from '@ringlog/storage'
import { setImmediate } from 'node:timers/promises'
import {
  Leader,
  RING_BYTES,
  TOPIC_ID,
  batchAtOffset,
  diskConfig,
} from './storage-thread/ring-rig.ts'

const [dataDirectory, flushMessages] = process.argv.slice(2) as [string, string]
const at = { topic: 'orders', partition: 0 }
const host = new StorageHost({
  dataDirectory,
  syncThreads: 1,
  storageThreadUrl: storageThreadUrl(null),
  syncThreadUrl: syncThreadUrl(null),
  cleanerUrl: cleanerUrl(null),
})
await host.openDirectory()
const { logStartOffset, endOffset } = await host.openPartition({
  ...at,
  topicId: TOPIC_ID,
  config: diskConfig({
    segmentBytes: 1024 * 1024,
    flushMessages: flushMessages === 'none' ? undefined : Number(flushMessages),
  }),
  truncateCorrupt: false,
})
const memory = createRingLogMemory(RING_BYTES, {
  storage: STORED_ON_DISK,
  logStartOffset,
  endOffset,
})
const leader = new Leader(memory)
process.stdout.write(`opened ${endOffset}\n`)
await host.follow({ ...at, memory, workerDoorbell: new Doorbell().memory })
const doorbell = new Doorbell(host.doorbell)
let seen = endOffset
for (;;) {
  for (let i = 0; i < 10 && leader.tryAppend(batchAtOffset(leader.endOffset)); i++) doorbell.ring()
  await setImmediate()
  const { highWatermark } = leader.storage
  if (highWatermark > seen) process.stdout.write(`acknowledged ${highWatermark}\n`)
  seen = highWatermark
}
