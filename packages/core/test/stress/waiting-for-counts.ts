import { monotonicMs } from '@ringlog/core/internal'
import { seededRandom } from '@ringlog/test-kit'

export interface CountingWait {
  total: number
  /** Waits for counts at most so far apart; with 1, each wait is for the very next change. */
  maxStep: number
  seed: number
  words: SharedArrayBuffer
  doorbell: SharedArrayBuffer
}

/** Waits for random counts, ascending, up to the total; throws where one is waited for in vain. */
export async function waitForCounts(
  { total, maxStep, seed, words }: CountingWait,
  wait: (condition: () => boolean, deadlineMs: number) => boolean | Promise<boolean>,
): Promise<void> {
  const shared = new Int32Array(words)
  const random = seededRandom(seed)
  for (let count = 0; count < total;) {
    Atomics.store(shared, 2, count)
    count = Math.min(total, count + 1 + Math.floor(random() * maxStep))
    const awaited = count
    const condition = (): boolean => {
      const seen = Atomics.load(shared, 0)
      // What was seen grows old before it is answered: as if the thread had been held up just here.
      for (let spins = random() * 60; spins > 0; spins--) Atomics.load(shared, 1)
      return seen >= awaited
    }
    // A wait that nobody ends looks once more at its deadline: so it is the time that tells.
    const deadlineMs = monotonicMs() + 5_000
    if ((await wait(condition, deadlineMs)) && monotonicMs() < deadlineMs) continue
    throw new Error(`wake-up lost: count=${Atomics.load(shared, 0)}, awaited=${awaited}`)
  }
}
