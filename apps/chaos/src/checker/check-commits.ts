import { type Anomaly, type Check, type EventOf } from './anomaly.ts'
import { CommittedOffset } from './committed-offset.ts'
import { GroupReach } from './group-reach.ts'
import type { CheckedHistory } from './checked-history.ts'
import { partitionKey } from './partition-key.ts'

/**
 * A committed offset goes back only where somebody asked for it, or the topic is made again; it is never
 * beyond what members were handed; and the next owner begins there.
 */
export const checkCommits: Check = (history) => {
  const anomalies: Anomaly[] = []
  const groups = new Map<string, GroupCommits>()
  for (const { id } of history.program.groups) groups.set(id, new GroupCommits(id, history))
  for (const event of history.events) {
    for (const group of groups.values()) anomalies.push(...group.see(event))
  }
  return anomalies
}

/** What one group has committed, as the history goes on. */
class GroupCommits {
  readonly #id: string
  readonly #history: CheckedHistory
  /** `null`: it may have committed anything, as it began at the log's end or was moved by hand. */
  readonly #reach: GroupReach | null
  readonly #committed = new Map<string, CommittedOffset>()
  #isReset = false
  /** Since when members have partitions of which they were handed nothing yet, by member and partition. */
  readonly #begins = new Map<string, number>()

  constructor(id: string, history: CheckedHistory) {
    this.#id = id
    this.#history = history
    const { isStrict, autoOffsetReset } = history.group(id)!
    const isBounded = isStrict && autoOffsetReset === 'earliest'
    this.#reach = isBounded ? new GroupReach({ id }, history) : null
  }

  see(event: CheckedHistory['events'][number]): Anomaly[] {
    this.#reach?.see(event)
    if (!('group' in event) || event.group !== this.#id) return []
    if (event.type === 'handed') return this.#begin(event)
    if (event.type === 'observed') return this.#observe(event)
    if (event.type === 'reset') this.#isReset = true
    else if (event.type === 'committing' || event.type === 'committed') {
      for (const at of event.offsets) this.#offsetOf(partitionKey(at)).commit(event, at.offset)
    } else if (event.type === 'assigned') {
      for (const at of event.partitions) this.#begins.set(beginOf(event, at), event.order)
    } else if (event.type === 'moved') this.#begins.delete(beginOf(event, event))
    return []
  }

  #observe(event: EventOf<'observed'>): Anomaly[] {
    const { offset, order, since } = event
    const at = partitionKey(event)
    if (this.#isReset || !this.#history.isLasting(event.topic)) return []
    const committed = this.#offsetOf(at)
    const least = committed.leastSince(since)
    if (offset < least) {
      const message = `${this.#id} had committed ${least} on ${at}, and now ${offset}`
      return [{ kind: 'commit went back', message, order }]
    }
    const most = this.#reach?.handedAt(at, order) ?? Infinity
    if (offset > most) {
      const message = `${this.#id} has committed ${offset} on ${at}, and was handed records before ${most} alone`
      return [{ kind: 'committed beyond', message, order }]
    }
    committed.observe(event)
    return []
  }

  /** The first records that an owner is handed are those at the offset that is committed. */
  #begin(event: EventOf<'handed'>): Anomaly[] {
    const { actor, order } = event
    const at = partitionKey(event)
    const begunAt = this.#begins.get(beginOf(event, event))
    this.#begins.delete(beginOf(event, event))
    if (begunAt === undefined || this.#isReset || !this.#history.isLasting(event.topic)) return []
    const first = event.offsets[0]!
    const least = this.#offsetOf(at).leastSince(begunAt)
    if (first < least) {
      const message = `${actor} began at ${at} offset ${first}, and ${this.#id} had committed ${least}`
      return [{ kind: 'commit went back', message, order }]
    }
    const most = this.#reach?.doneAt(at) ?? Infinity
    if (first <= most) return []
    const message = `${actor} began at ${at} offset ${first}, and ${this.#id} was done with records before ${most} alone`
    return [{ kind: 'committed beyond', message, order }]
  }

  #offsetOf(at: string): CommittedOffset {
    const committed = this.#committed.get(at) ?? new CommittedOffset()
    this.#committed.set(at, committed)
    return committed
  }
}

function beginOf(event: { actor: string }, at: { topic: string; partition: number }): string {
  return `${event.actor} ${partitionKey(at)}`
}
