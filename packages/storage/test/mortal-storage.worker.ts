/**
 * A storage thread that ends before, or in the midst of, one of its atomic stores or writes to files. Which one is
 * up to the seed in this file's URL, and to the thread's number; without a seed, none. It also ends when a message
 * comes on the channel "kill the storage thread".
 */
import { seededRandom } from '@ringlog/test-kit'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { threadId } from 'node:worker_threads'

const seed = new URL(import.meta.url).searchParams.get('seed')
const random = seededRandom(Number(seed) + threadId)
let left = seed === null ? Infinity : 20 + Math.floor(random() * 400)

/** Counts a step, and ends the thread where it is the last. */
function step(): void {
  if (--left === 0) process.exit(1)
}

const { store } = Atomics
const mortalStore = (...given: Parameters<typeof store>): unknown => {
  step()
  return Reflect.apply(store, Atomics, given)
}
Object.assign(Atomics, { store: mortalStore })

const { writeSync } = fs
type Write = (fd: number, bytes: Uint8Array, at: number, length: number, position: number) => number
const mortalWrite: Write = (descriptor, bytes, at, length, position) => {
  step()
  const half = left === 1 ? Math.ceil(length / 2) : length
  return (writeSync as Write)(descriptor, bytes, at, half, position)
}
Object.assign(fs, { writeSync: mortalWrite })
syncBuiltinESMExports()

const killing = new BroadcastChannel('kill the storage thread')
killing.addEventListener('message', () => process.exit(1))
killing.unref()

await import('@ringlog/storage/storage-thread')
