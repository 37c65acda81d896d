/** What Piscina loads in each pool thread: a task is one loop. */
import { encodeError, type WireError } from '@ringlog/core/internal'
import { PoolThread } from './thread/pool-thread.ts'
import type { ThreadStart } from './wire/thread-message.ts'

/** Runs until the pool stops it; returns what went wrong. */
export default async function runLoop(start: ThreadStart): Promise<WireError | null> {
  try {
    await new PoolThread(start).run()
    return null
  } catch (error) {
    return encodeError(error)
  } finally {
    start.port.close()
  }
}
