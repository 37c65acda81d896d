/**
 * For how long the batches in a lane were held up by others before them that waited for room: time that
 * does not count as theirs. A batch that was handed over meanwhile is given all of that time.
 *
 * Counts of batches wrap at 32 bits, as in the lane.
 */
export class HeldUpTime {
  #holds: Hold[] = []

  add(frameCount: number, ms: number): void {
    this.#holds.push({ frameCount, ms })
  }

  /** Of the batch of that number; ask for each in its turn. */
  msOf(frame: number): number {
    if (this.#holds.length === 0) return 0
    this.#holds = this.#holds.filter(({ frameCount }) => ((frameCount - frame) | 0) > 0)
    return this.#holds.reduce((sum, { ms }) => sum + ms, 0)
  }
}

interface Hold {
  /** How many batches had been handed over when it was over: the ones before were held up by it. */
  readonly frameCount: number
  readonly ms: number
}
