import { setTimer } from '@ringlog/core/internal'

/** Measured: a collection is through after 10 to 15 rounds, on Node.js 20 to 26. */
const ROUNDS = 24
const ROUND_MS = 10
/** What V8 counts as enough to start a collection for. */
const PRESSURE_BYTES = 64 * 1024 * 1024

/**
 * Gives the memory of deleted topics back to the system soon. V8 does not count shared memory when it
 * decides whether to collect, and the controller makes hardly any garbage of its own: left alone, it
 * would keep the rings of hundreds of deleted topics. Ordinary array buffers are counted: so it makes
 * some, for a few rounds of its event loop. Nobody writes to them, so they never take any real memory.
 *
 * Thread: the controller's.
 */
export class SharedMemoryCollector {
  #roundsLeft = 0
  #isArmed = false

  /** Whoever asks has let go of the memory. */
  request(): void {
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
    new ArrayBuffer(PRESSURE_BYTES)
  } catch {
    // Where not even address space is left, V8 collects by itself.
  }
}
