import { setTimer } from '../concurrent/timers.ts'

/** Less than this, of all that was let go, is left to V8. */
const THRESHOLD_BYTES = 16 * 1024 * 1024
/** Measured: a collection is through after 10 to 15 rounds, on Node.js 20 to 26. */
const ROUNDS = 24
const ROUND_MS = 10
/** What V8 counts as enough to start a collection for. */
const PRESSURE_BYTES = 64 * 1024 * 1024

/**
 * Gives shared memory that is not needed any more back to the system soon. V8 does not count shared
 * memory when it decides whether to collect, and threads that only move bytes of others make hardly any
 * garbage of their own: they would keep the rings of hundreds of deleted topics, and the
 * lanes of hundreds of closed producers. Ordinary array buffers are counted: so it makes some, for a few
 * rounds of its event loop. Of each only one page is written to, so they take no real memory.
 *
 * Thread: that of the controller, or a partition worker.
 */
export class SharedMemoryCollector {
  #letGoBytes = 0
  #roundsLeft = 0
  #isArmed = false

  /** The caller has let go of so many bytes of shared memory. */
  request(bytes: number): void {
    this.#letGoBytes += bytes
    if (this.#letGoBytes < THRESHOLD_BYTES) return
    this.#letGoBytes = 0
    this.#roundsLeft = ROUNDS
    if (!this.#isArmed) this.#arm()
  }

  #arm(): void {
    this.#isArmed = true
    setTimer(() => {
      this.#isArmed = false
      pressHeap()
      if (--this.#roundsLeft > 0) this.#arm()
    }, ROUND_MS).unref()
  }
}

function pressHeap(): void {
  try {
    // Bundlers leave out what is made and never used.
    new Uint8Array(PRESSURE_BYTES)[0] = 1
  } catch {
    // Where not even address space is left, V8 collects by itself.
  }
}
