import { type Anomaly, type Check, type EventOf } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import { partitionKey } from './partition-key.ts'

/**
 * A consumer is handed a partition's records one after the other, from where it began, but for those that
 * `onRecordsMissed` counted; and, in a group, of partitions alone that its listener was told of.
 */
export const checkPolls: Check = (history) => {
  const consumers = new Map<string, ConsumerView>()
  const viewOf = (actor: string): ConsumerView => {
    const view = consumers.get(actor) ?? new ConsumerView(history)
    consumers.set(actor, view)
    return view
  }
  const deleted = new Set<string>()
  const commits = new NamedCommits()
  const anomalies: Anomaly[] = []
  for (const event of history.events) {
    if (event.type === 'handed') anomalies.push(...viewOf(event.actor).handed(event))
    else if (event.type === 'assignment') anomalies.push(...viewOf(event.actor).compare(event))
    else if (event.type === 'moved') viewOf(event.actor).moved(event)
    else if (event.type === 'sought') viewOf(event.actor).sought(event)
    else if (event.type === 'left') consumers.delete(event.actor)
    else if (event.type === 'deleted') deleted.add(partitionKey(event))
    else if (event.type === 'committing') commits.see(event)
    else if (event.type === 'missed') {
      const mayMiss = deleted.has(partitionKey(event)) || commits.wentBack(event)
      anomalies.push(...viewOf(event.actor).missed(event, mayMiss))
    } else if (event.type === 'assigned' || event.type === 'revoked' || event.type === 'lost') {
      viewOf(event.actor).told(event)
    }
  }
  return anomalies
}

/**
 * Offsets that members commit by name. One that is lower than another before does not bring back what a full
 * ring has overwritten since.
 */
class NamedCommits {
  readonly #greatest = new Map<string, number>()
  readonly #lowered = new Set<string>()

  see({ group, offsets }: EventOf<'committing' | 'committed'>): void {
    for (const { offset, ...at } of offsets) {
      const key = `${group} ${partitionKey(at)}`
      const greatest = this.#greatest.get(key) ?? 0
      if (offset < greatest) this.#lowered.add(key)
      this.#greatest.set(key, Math.max(greatest, offset))
    }
  }

  wentBack(event: EventOf<'missed'>): boolean {
    return this.#lowered.has(`${event.group} ${partitionKey(event)}`)
  }
}

/** One consumer, as the history goes on. */
class ConsumerView {
  readonly #history: CheckedHistory
  /** What its listener was told that it has. */
  readonly #told = new Set<string>()
  /** The offset that comes next, of partitions that it was handed records of. */
  readonly #next = new Map<string, number>()
  /** Partitions whose position was set by hand: what lies before a group's commit may be overwritten. */
  readonly #moved = new Set<string>()
  /** Of those, where the log began by then at the most: `onRecordsMissed` does not count what was gone before. */
  readonly #goneBelow = new Map<string, number>()
  /** What it missed since it was handed records last. */
  readonly #counted = new Map<string, number>()

  constructor(history: CheckedHistory) {
    this.#history = history
  }

  told({ type, partitions }: EventOf<'assigned' | 'revoked' | 'lost'>): void {
    for (const at of partitions.map(partitionKey)) {
      this.#next.delete(at)
      this.#moved.delete(at)
      this.#goneBelow.delete(at)
      this.#counted.delete(at)
      if (type === 'assigned') this.#told.add(at)
      else this.#told.delete(at)
    }
  }

  moved(event: EventOf<'moved'>): void {
    this.#next.delete(partitionKey(event))
    this.#moved.add(partitionKey(event))
    this.#goneBelow.set(partitionKey(event), Infinity)
  }

  sought(event: EventOf<'sought'>): void {
    this.#goneBelow.set(partitionKey(event), event.logStartOffset)
  }

  /** @param mayMiss Whether somebody deletes records of that partition, or the group went back on a commit. */
  missed(event: EventOf<'missed'>, mayMiss: boolean): Anomaly[] {
    const { actor, topic, count, order } = event
    const at = partitionKey(event)
    const next = this.#next.get(at)
    if (next !== undefined) {
      this.#next.set(at, next + count)
      this.#counted.set(at, (this.#counted.get(at) ?? 0) + count)
    }
    if (!this.#history.isLasting(topic) || mayMiss || this.#moved.has(at)) return []
    if (!this.#isWaitedFor(event)) return []
    const message = `${actor} missed ${count} records of ${at}, which had to wait for it`
    return [{ kind: 'lost', message, order }]
  }

  handed(event: EventOf<'handed'>): Anomaly[] {
    const { actor, group, topic, offsets, order } = event
    const at = partitionKey(event)
    const anomalies: Anomaly[] = []
    if (group !== null && !this.#told.has(at)) {
      const message = `${actor} was handed records of ${at}, which its listener was not told of`
      anomalies.push({ kind: 'not told', message, order })
    }
    let next = this.#next.get(at)
    for (const [i, offset] of offsets.entries()) {
      if (next !== undefined && offset !== next) {
        const where = i === 0 ? 'by its next poll' : 'by the same poll'
        const message = `${actor} was handed offset ${offset} of ${at}, where ${next} came next, ${where}`
        const kind = offset < next ? 'went back' : 'gap'
        if (kind === 'went back' || !this.#wasGone(event, next, offset)) {
          anomalies.push({ kind, message, order })
        }
      }
      next = offset + 1
    }
    this.#next.set(at, next!)
    this.#counted.delete(at)
    return this.#history.isLasting(topic) ? anomalies : []
  }

  compare({ actor, group, partitions, order }: EventOf<'assignment'>): Anomaly[] {
    if (group === null) return []
    const has = partitions.map(partitionKey).sort()
    const told = [...this.#told].sort()
    if (has.join() === told.join()) return []
    const message = `${actor} has [${has.join(', ')}], and its listener was told of [${told.join(', ')}]`
    return [{ kind: 'not told', message, order }]
  }

  /** Whether what is left out, and was not counted, was gone when the position was set by hand. */
  #wasGone(event: EventOf<'handed'>, next: number, offset: number): boolean {
    const at = partitionKey(event)
    const position = next - (this.#counted.get(at) ?? 0)
    return !this.#isWaitedFor(event) && offset - next <= (this.#goneBelow.get(at) ?? 0) - position
  }

  /** Whether a full ring waits for the consumer: never overwrites what it has still to be handed. */
  #isWaitedFor({ actor, group, topic }: EventOf<'missed' | 'handed'>): boolean {
    if (this.#history.topic(topic)?.config.whenFull === 'evict') return false
    if (group !== null) return this.#history.group(group)?.isStrict === true
    return this.#history.consumer(actor)?.config.gating !== false
  }
}
