/** A storage thread that ends before one of its atomic stores: which one is up to the seed in this file's URL. */
import { seededRandom } from '@ringlog/test-kit'
import { threadId } from 'node:worker_threads'

const seed = Number(new URL(import.meta.url).searchParams.get('seed'))
let left = 100 + Math.floor(seededRandom(seed + threadId)() * 1_000)
const { store } = Atomics
const mortalStore = (...given: Parameters<typeof store>): unknown => {
  if (--left === 0) process.exit(1)
  return Reflect.apply(store, Atomics, given)
}
Object.assign(Atomics, { store: mortalStore })

await import('ringlog/workers/storage-thread')
