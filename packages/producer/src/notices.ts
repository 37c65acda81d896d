import { setMicrotask } from '@ringlog/core/internal'

/**
 * What the producer has to tell its users: which records were delivered, which failed, that there is
 * room. A listener, a promise's user or a stream may throw then, or call the producer again. So
 * none is called while the producer changes: a change only leaves a notice here, and this is the one
 * place from which user code is called, in a microtask, when no other code of the producer runs.
 *
 * Thread: the producer's.
 */
export class Notices {
  readonly #afterwards: () => void
  #notices: Array<() => void> = []
  #isSet = false

  /** @param afterwards Does what may call user code, or end waits, after each change. */
  constructor(afterwards: () => void) {
    this.#afterwards = afterwards
  }

  /** Whether no notice waits. */
  get areTold(): boolean {
    return this.#notices.length === 0
  }

  /** Tells in the order of the calls; what `tell` throws is thrown in a turn of its own. */
  push(tell: () => void): void {
    this.#notices.push(tell)
    this.request()
  }

  /** Something has changed: `afterwards` is called, also without a notice. */
  request(): void {
    if (this.#isSet) return
    this.#isSet = true
    setMicrotask(() => this.#run())
  }

  #run(): void {
    this.#isSet = false
    const notices = this.#notices
    this.#notices = []
    for (const tell of notices) {
      try {
        tell()
      } catch (thrown) {
        setMicrotask(() => {
          throw thrown
        })
      }
    }
    this.#afterwards()
  }
}
