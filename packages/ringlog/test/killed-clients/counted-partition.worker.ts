/** The thread of a partition; it can be asked what it has. */
import 'ringlog/workers/partition-worker'
import { workerData } from 'node:worker_threads'
import { answerCensus } from './census.ts'

const { topic, partition } = workerData as { topic: string; partition: number }
answerCensus(`${topic}-${partition}`)
