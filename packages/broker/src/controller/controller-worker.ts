/** The entry of the controller's thread. `Broker.start` starts it, with a `ControllerThreadStart`. */
import { describeThrown, ownThread } from '@ringlog/core/internal'
import { threadEach } from '@ringlog/partition-worker'
import { workerData } from 'node:worker_threads'
import { Controller } from './controller.ts'
import { DataDirectory } from './storage/data-directory.ts'
import type { ControllerThreadStart } from '../wire/controller-start.ts'

const start = workerData as ControllerThreadStart
const { storage } = start
const controller = new Controller(start, {
  thread: ownThread,
  startPartition: threadEach(start.partitionWorkerUrl),
  dataDirectory: storage && new DataDirectory(storage),
})
const onConnect = (message: unknown): void => controller.connect(message)
process.on('workerMessage', onConnect)
let uncaught: { readonly error: unknown } | null = null
process.on('uncaughtExceptionMonitor', (error) => (uncaught = { error }))
process.on('exit', (exitCode) => {
  if (uncaught === null) controller.onThreadExit(`exitCode=${exitCode}`)
  else controller.onThreadExit(describeThrown(uncaught.error), uncaught.error)
})
void controller.closed.then(() => process.off('workerMessage', onConnect))
