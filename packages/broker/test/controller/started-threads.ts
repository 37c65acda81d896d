import type { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

/** The threads that this one starts from now on, in the order in which it does. */
export function startedThreads(): Worker[] {
  const threads: Worker[] = []
  const onWorker = (worker: Worker): void => void threads.push(worker)
  process.on('worker', onWorker)
  onTestFinished(() => void process.off('worker', onWorker))
  return threads
}
