/**
 * A partition's thread that ends before an atomic write of its choice, counted from its start, or as it is
 * told to.
 */
import { parentPort, workerData } from 'node:worker_threads'

/** Beside what a partition worker is started with. */
export interface MortalData {
  /** Before which atomic write the thread ends. */
  readonly deathStep: number
}

/** How the thread ends: by `process.exit`, by what it throws, or by a promise that it leaves alone. */
export type Death = 'exits' | 'throws' | 'rejects'

let left = (workerData as MortalData).deathStep
for (const name of ['store', 'exchange', 'add'] as const) {
  const original = Atomics[name] as (...given: unknown[]) => unknown
  const write = (...given: unknown[]): unknown => {
    if (--left === 0) process.exit(1)
    return original.apply(Atomics, given)
  }
  Object.assign(Atomics, { [name]: write })
}
await import('@ringlog/partition-worker/worker')

parentPort!.on('message', (how: Death) => {
  if (how === 'throws') throw new Error('a mistake of the worker')
  if (how === 'rejects') void Promise.reject(new Error('a mistake of the worker'))
  else process.exit(1)
})
parentPort!.unref()
