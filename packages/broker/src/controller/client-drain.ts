import { clearTimer, setTimer } from '@ringlog/core/internal'

/** How long a client without producers may take to say that it has nothing to send. */
const ANSWER_GRACE_MS = 100

/**
 * Has one client send what its producers have buffered when the broker closes. A controller cannot call a client,
 * so the client keeps a call open here: the answer to it says that the broker closes, and until when; its next
 * call says that all is sent.
 *
 * Thread: the controller's.
 */
export class ClientDrain {
  #hasProducers = false
  #announceClosing: ((closing: { deadlineMs: number }) => void) | null = null
  #isDrained = false
  #onDrained: (() => void) | null = null

  /** The client has a producer. */
  expectProducers(): void {
    this.#hasProducers = true
  }

  /** Whether the client has producers, and may not have sent what they had. */
  get isDraining(): boolean {
    return this.#hasProducers && !this.#isDrained
  }

  /** The client's call: resolves when the broker begins to close. */
  untilClosing(): Promise<{ deadlineMs: number }> {
    return new Promise((resolve) => (this.#announceClosing = resolve))
  }

  /** The client has sent what was buffered, or is gone. */
  drained(): void {
    this.#isDrained = true
    this.#onDrained?.()
  }

  /**
   * Asks the client to send what it has buffered; resolves when it has, or is gone. A client without producers
   * whose thread does not answer is not waited for.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#announceClosing?.({ deadlineMs })
    if (this.#isDrained) return
    const drained = new Promise<void>((resolve) => (this.#onDrained = resolve))
    if (!this.#hasProducers) {
      let timer: NodeJS.Timeout | undefined
      const grace = new Promise<void>((resolve) => (timer = setTimer(resolve, ANSWER_GRACE_MS)))
      await Promise.race([drained, grace])
      clearTimer(timer)
    }
    if (this.#hasProducers) await drained
  }
}
