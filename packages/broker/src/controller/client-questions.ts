import type { ClientMetrics, Clock } from '@ringlog/core/internal'
import type { ClientTelling } from '../wire/controller-service.ts'

/**
 * Asks one client how its producers and consumers are. A controller cannot call a client, so the client keeps
 * a call open here: the answer to it is the question, and the client's next call has what it tells.
 *
 * ```
 *            tell                       ask
 * unasked ─────────▶ a call is open ─────────▶ asked ──▶ (tell) a call is open
 *                                                │
 *                                                └ the thread does not answer: later questions do not wait
 * ```
 *
 * Thread: the controller's.
 */
export class ClientQuestions {
  readonly #clock: Clock
  /** Answers the open call; `null`: none is open. */
  #pose: (() => void) | null = null
  /** Resolves when the client has told, or is gone; `null`: it is not asked. */
  #told: PromiseWithResolvers<void> | null = null
  #isOverdue = false
  #isOver = false
  #telling: ClientTelling | null = null
  #toldAtMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The client's call: what it tells, `null` at first; resolves when it is asked again. */
  tell(telling: ClientTelling | null): Promise<void> {
    if (telling !== null) {
      this.#telling = telling
      this.#toldAtMs = this.#clock.nowMs()
      this.#end()
    }
    return new Promise((resolve) => {
      this.#pose = resolve
      if (this.#told !== null) this.#poseNow()
    })
  }

  /**
   * What the client tells; once `late` has resolved, what it told last. A client that owes an answer to an
   * earlier question is not waited for again. `null`: it is gone.
   */
  async ask(late: Promise<void>): Promise<ClientAnswer | null> {
    const isSilent = this.#isOverdue || (await this.#isLate(late))
    if (this.#isOver) return null
    const ageMs = isSilent ? this.#clock.nowMs() - this.#toldAtMs : 0
    const { threadId, reports } = this.#telling ?? NOTHING_TOLD
    return { isSilent, clients: reports.map((report) => ({ ...report, threadId, ageMs })) }
  }

  /** The client is gone, and is left out. */
  close(): void {
    this.#isOver = true
    this.#end()
  }

  async #isLate(late: Promise<void>): Promise<boolean> {
    if (this.#isOver) return false
    this.#told ??= Promise.withResolvers<void>()
    const told = this.#told
    this.#poseNow()
    const isLate = await Promise.race([told.promise.then(() => false), late.then(() => true)])
    if (isLate) this.#isOverdue = this.#told === told
    return isLate
  }

  #poseNow(): void {
    this.#pose?.()
    this.#pose = null
  }

  #end(): void {
    this.#isOverdue = false
    this.#told?.resolve()
    this.#told = null
  }
}

const NOTHING_TOLD: ClientTelling = { threadId: 0, reports: [] }

export interface ClientAnswer {
  /** Whether its thread does not answer: `clients` is what it told last. */
  readonly isSilent: boolean
  readonly clients: readonly ClientMetrics[]
}
