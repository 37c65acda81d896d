import { partitionKey, topicOf } from './anomaly.ts'
import type { Anomaly, Check, CheckedHistory, EventOf } from './anomaly.ts'

/**
 * A consumer is handed a partition's records one after the other, from where it began; and, in a group,
 * of partitions alone that its listener was told of.
 */
export const checkPolls: Check = (history) => {
  const consumers = new Map<string, ConsumerView>()
  const viewOf = (actor: string): ConsumerView => {
    const view = consumers.get(actor) ?? new ConsumerView(history)
    consumers.set(actor, view)
    return view
  }
  const anomalies: Anomaly[] = []
  for (const event of history.events) {
    if (event.type === 'handed') anomalies.push(...viewOf(event.actor).handed(event))
    else if (event.type === 'assignment') anomalies.push(...viewOf(event.actor).compare(event))
    else if (event.type === 'moved') viewOf(event.actor).moved(event)
    else if (event.type === 'left') consumers.delete(event.actor)
    else if (event.type === 'assigned' || event.type === 'revoked' || event.type === 'lost') {
      viewOf(event.actor).told(event)
    }
  }
  return anomalies
}

/** One consumer, as the history goes on. */
class ConsumerView {
  readonly #history: CheckedHistory
  /** What its listener was told that it has. */
  readonly #told = new Set<string>()
  /** The offset that comes next, of partitions that it was handed records of. */
  readonly #next = new Map<string, number>()

  constructor(history: CheckedHistory) {
    this.#history = history
  }

  told({ type, partitions }: EventOf<'assigned' | 'revoked' | 'lost'>): void {
    for (const at of partitions.map(partitionKey)) {
      this.#next.delete(at)
      if (type === 'assigned') this.#told.add(at)
      else this.#told.delete(at)
    }
  }

  moved(event: EventOf<'moved'>): void {
    this.#next.delete(partitionKey(event))
  }

  handed(event: EventOf<'handed'>): Anomaly[] {
    const { actor, group, offsets, order } = event
    const at = partitionKey(event)
    const anomalies: Anomaly[] = []
    if (group !== null && !this.#told.has(at)) {
      const message = `${actor} was handed records of ${at}, which its listener was not told of`
      anomalies.push({ kind: 'not told', message, order })
    }
    let next = this.#next.get(at)
    for (const offset of offsets) {
      if (next !== undefined && offset !== next) {
        const kind = offset < next ? 'went back' : 'gap'
        const message = `${actor} was handed offset ${offset} of ${at}, where ${next} came next`
        if (kind === 'went back' || !this.#maySkip(event, offset)) {
          anomalies.push({ kind, message, order })
        }
      }
      next = offset + 1
    }
    this.#next.set(at, next!)
    return topicOf(this.#history, event.topic)?.isMortal === false ? anomalies : []
  }

  compare({ actor, group, partitions, order }: EventOf<'assignment'>): Anomaly[] {
    if (group === null) return []
    const has = partitions.map(partitionKey).sort()
    const told = [...this.#told].sort()
    if (has.join() === told.join()) return []
    const message = `${actor} has [${has.join(', ')}], and its listener was told of [${told.join(', ')}]`
    return [{ kind: 'not told', message, order }]
  }

  /** Whether records may be gone before a consumer was handed them. */
  #maySkip(event: EventOf<'handed'>, offset: number): boolean {
    const { program, events } = this.#history
    if (topicOf(this.#history, event.topic)?.config.whenFull === 'evict') return true
    if (event.group === null && isObserver(program, event.actor)) return true
    return events.some(
      (other) =>
        other.type === 'deleted' &&
        partitionKey(other) === partitionKey(event) &&
        other.before >= offset,
    )
  }
}

/** A consumer that full rings do not wait for. */
function isObserver({ threads }: CheckedHistory['program'], actor: string): boolean {
  const name = actor.slice(0, actor.indexOf('#'))
  return threads.some(({ actors }) =>
    actors.some(
      (spec) => spec.kind === 'consumer' && spec.name === name && spec.config.gating === false,
    ),
  )
}
