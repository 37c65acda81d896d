/** Ends this thread, as it starts, where it is of the topic "stillborn" and that has records. */
import { RingLogReader } from '@ringlog/core'
import { workerData } from 'node:worker_threads'

const { topic, memory } = workerData as { topic: string; memory: SharedArrayBuffer }
if (topic === 'stillborn' && new RingLogReader(memory).endOffset > 0) process.exit(1)
