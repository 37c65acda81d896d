import { partitionKey, topicOf } from './anomaly.ts'
import type { Anomaly, Check, EventOf } from './anomaly.ts'

type Committing = EventOf<'committing' | 'committed'>

/** A committed offset goes back only where somebody asked for it, or the topic is made again. */
export const checkCommits: Check = (history) => {
  const anomalies: Anomaly[] = []
  const groups = new Map<string, CommittedOffset>()
  const reset = new Set<string>()
  const offsetOf = (group: string, at: { topic: string; partition: number }): CommittedOffset => {
    const key = `${group} ${partitionKey(at)}`
    const committed = groups.get(key) ?? new CommittedOffset()
    groups.set(key, committed)
    return committed
  }
  for (const event of history.events) {
    if (event.type === 'reset') reset.add(event.group)
    else if (event.type === 'committing' || event.type === 'committed') {
      for (const { offset, ...at } of event.offsets) {
        offsetOf(event.group, at).commit(event, offset)
      }
    } else if (event.type === 'observed' && !reset.has(event.group)) {
      if (topicOf(history, event.topic)?.isMortal !== false) continue
      const least = offsetOf(event.group, event).observe(event)
      if (least === null) continue
      const message = `${event.group} had committed ${least} on ${partitionKey(event)}, and now ${event.offset}`
      anomalies.push({ kind: 'commit went back', message, order: event.order })
    }
  }
  return anomalies
}

/** The least that a group can have committed on a partition, as the history goes on. */
class CommittedOffset {
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

  /** @returns What it must be at least; `null`: it is. */
  observe({ since, order, offset }: EventOf<'observed'>): number | null {
    const before = this.#changes.findLast((change) => change.order <= since)!.least
    const later = this.#changes.filter((change) => change.order > since)
    const least = Math.min(before, ...later.map((change) => change.least))
    if (offset < least) return least
    const isSettled = !this.#isPending && later.every((change) => change.least >= before)
    if (isSettled) this.#set(Math.max(this.#least, offset), order)
    return null
  }

  #set(least: number, order: number): void {
    if (least === this.#least) return
    this.#least = least
    this.#changes.push({ order, least })
  }
}
