/** Thrown where a thread is to die. */
class Death extends Error {}

type AtomicWrite = 'store' | 'exchange' | 'add'
const ATOMIC_WRITES: readonly AtomicWrite[] = ['store', 'exchange', 'add']

/**
 * Lets a thread die anywhere in what it does to shared memory.
 *
 * Between two atomic writes, its plain stores may become visible in any order. So it dies right before
 * one of its atomic writes, and of the plain stores since the one before, any may be missing: they are
 * undone, word by word.
 */
export class Mortal {
  readonly #memories: readonly SharedArrayBuffer[]
  /** Atomic writes so far. */
  #steps = 0
  #deathStep = Infinity
  #before: Int32Array[] = []
  #restore: Array<() => void> = []

  constructor(...memories: SharedArrayBuffer[]) {
    this.#memories = memories
  }

  get steps(): number {
    return this.#steps
  }

  /** Dies right before the atomic write of that number. */
  dieAt(step: number): void {
    this.#deathStep = step
  }

  /**
   * Runs `life`; `true` where it died. Then, of the plain stores since its last atomic write, those
   * are undone for which `isLost` says so.
   */
  run(life: () => void, isLost: () => boolean): boolean {
    this.#watch()
    try {
      life()
      return false
    } catch (error) {
      if (!(error instanceof Death)) throw error
      this.#undo(isLost)
      return true
    } finally {
      for (const restore of this.#restore.splice(0)) restore()
    }
  }

  #watch(): void {
    if (this.#steps + 1 === this.#deathStep) this.#remember()
    for (const name of ATOMIC_WRITES) {
      const original = Atomics[name] as (...given: unknown[]) => unknown
      this.#restore.push(() => Object.assign(Atomics, { [name]: original }))
      const mortal = (...given: unknown[]): unknown => {
        this.#steps++
        if (this.#steps === this.#deathStep) throw new Death()
        const result = original.apply(Atomics, given)
        if (this.#steps + 1 === this.#deathStep) this.#remember()
        return result
      }
      Object.assign(Atomics, { [name]: mortal })
    }
  }

  #remember(): void {
    this.#before = this.#memories.map((memory) => wordsOf(memory).slice())
  }

  #undo(isLost: () => boolean): void {
    this.#memories.forEach((memory, m) => {
      const words = wordsOf(memory)
      const before = this.#before[m]!
      for (let i = 0; i < words.length; i++) {
        if (words[i] !== before[i] && isLost()) words[i] = before[i]!
      }
    })
  }
}

/** A view that would follow the growth of its memory, which never grows, is slow: so its length is named. */
function wordsOf(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, memory.byteLength / 4)
}
