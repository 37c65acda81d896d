import type { EventOf } from './anomaly.ts'

type Committing = EventOf<'committing' | 'committed'>

/** The least that a group can have committed on a partition, as the history goes on. */
export class CommittedOffset {
  #least = -1
  /** The least that was ever asked for since, and when. */
  #asked: Committing | null = null
  #isPending = false
  /** When the least changed, and to what. */
  readonly #changes: Array<{ order: number; least: number }> = [{ order: -1, least: -1 }]

  commit(event: Committing, offset: number): void {
    if (event.type === 'committing') {
      this.#asked = event
      this.#isPending = true
      this.#set(Math.min(this.#least, offset), event.order)
    } else if (this.#asked?.thread === event.thread) {
      this.#isPending = false
      this.#set(Math.max(this.#least, offset), event.order)
    }
  }

  /** The least that it has had at any time since then. */
  leastSince(order: number): number {
    let least = Infinity
    for (let i = this.#changes.length - 1; i >= 0; i--) {
      const change = this.#changes[i]!
      least = Math.min(least, change.least)
      if (change.order <= order) break
    }
    return least
  }

  /** Somebody was told of it, who asked when the history had come to `since`. */
  observe({ since, order, offset }: EventOf<'observed'>): void {
    const before = this.#changes.findLast((change) => change.order <= since)!.least
    const isSettled = !this.#isPending && this.leastSince(since) >= before
    if (isSettled) this.#set(Math.max(this.#least, offset), order)
  }

  #set(least: number, order: number): void {
    if (least === this.#least) return
    this.#least = least
    this.#changes.push({ order, least })
  }
}
