import type { HistoryEvent } from '../history/history-event.ts'
import type { EventOf } from './anomaly.ts'
import { nameOfActor, type CheckedHistory } from './checked-history.ts'
import { Greatest } from './greatest.ts'
import { partitionKey } from './partition-key.ts'

/**
 * The most that a group can have committed on each partition: what its members were handed, and what was
 * deleted before anybody was. Records that a member was handed last can be committed by its next call, not
 * before: those that it was handed when it was killed go to the next owner.
 */
export class GroupReach {
  readonly #group: string
  readonly #handed = new Map<string, Greatest>()
  readonly #done = new Map<string, Greatest>()
  /** What members were handed and have not gone on from, by member and partition. */
  readonly #last = new Map<string, Map<string, number>>()
  /** Calls that have not ended, by member. */
  readonly #calls = new Map<string, Set<string>>()

  constructor({ id }: { id: string }, { events }: CheckedHistory) {
    this.#group = id
    const polls = events.filter((event) => event.type === 'handed' && event.group === id)
    for (const poll of (polls as Array<EventOf<'handed'>>).sort(
      (one, other) => one.since - other.since,
    )) {
      greatestOf(this.#handed, partitionKey(poll)).add(poll.since, nextOf(poll))
    }
  }

  /** The history goes on. */
  see(event: HistoryEvent): void {
    if (event.type === 'deleted' || event.type === 'handled') {
      if (event.type === 'handled' && event.group !== this.#group) return
      const next = event.type === 'deleted' ? event.before : event.offset + 1
      greatestOf(this.#done, partitionKey(event)).add(event.order, next)
      return
    }
    if (!('actor' in event)) return
    const name = `${event.thread} ${nameOfActor(event.actor)}`
    const calls = this.#calls.get(name) ?? new Set()
    this.#calls.set(name, calls)
    if (event.type === 'began') calls.add(event.call)
    else if (event.type === 'ended') calls.delete(event.call)
    if (event.type !== 'handed') this.#goOn(name, event.order)
    else if (event.group === this.#group) {
      const last = this.#last.get(name) ?? new Map<string, number>()
      this.#last.set(name, last)
      last.set(partitionKey(event), nextOf(event))
      if (calls.size > 0) this.#goOn(name, event.order)
    }
  }

  /** The most that the next owner can begin at. */
  doneAt(at: string): number {
    return this.#done.get(at)?.upTo(Infinity) ?? 0
  }

  /** The most that somebody can be told of who is answered at that `order`. */
  handedAt(at: string, order: number): number {
    return Math.max(this.#handed.get(at)?.upTo(order) ?? 0, this.doneAt(at))
  }

  #goOn(name: string, order: number): void {
    for (const [at, next] of this.#last.get(name) ?? []) greatestOf(this.#done, at).add(order, next)
    this.#last.delete(name)
  }
}

function greatestOf(greatest: Map<string, Greatest>, at: string): Greatest {
  const known = greatest.get(at) ?? new Greatest()
  greatest.set(at, known)
  return known
}

function nextOf({ offsets }: EventOf<'handed'>): number {
  return offsets.at(-1)! + 1
}
