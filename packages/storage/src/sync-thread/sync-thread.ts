/**
 * The entry of a sync thread. The storage thread that has started it sends descriptors of files, and is answered
 * once all of them are synced: with `null`, or with what the system says went wrong.
 */
import '@ringlog/core/internal/storage' // it refuses a Node.js that is too old
import { parentPort } from 'node:worker_threads'
import { nodeFileSystem } from '../file-system/node-file-system.ts'
import { syncInOrder } from './sync-in-order.ts'

parentPort!.on('message', (descriptors: readonly number[]) => {
  parentPort!.postMessage(syncInOrder(nodeFileSystem, descriptors))
})
