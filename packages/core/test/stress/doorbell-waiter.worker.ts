/** Waits, blocking its thread, for one count after the other. */
import { Doorbell } from '@ringlog/core'
import { workerData } from 'node:worker_threads'
import { waitForCounts, type CountingWait } from './waiting-for-counts.ts'

const wait = workerData as CountingWait
const doorbell = new Doorbell(wait.doorbell)
await waitForCounts(wait, (condition, deadlineMs) => doorbell.waitSync(condition, { deadlineMs }))
