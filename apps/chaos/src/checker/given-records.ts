import type { EventOf } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'

/** Which records producers have been given, and when. */
export class GivenRecords {
  /** By producer, in the order of their numbers. */
  readonly #byActor = new Map<string, Array<EventOf<'given'>>>()

  constructor({ events }: CheckedHistory) {
    for (const event of events) {
      if (event.type !== 'given') continue
      const given = this.#byActor.get(event.actor) ?? []
      this.#byActor.set(event.actor, given)
      given.push(event)
    }
  }

  /** @returns What a record was given with; `undefined`: no producer was ever given it. */
  find(name: string): EventOf<'given'> | undefined {
    const split = name.lastIndexOf(':')
    const number = Number(name.slice(split + 1))
    const given = this.#byActor.get(name.slice(0, split)) ?? []
    let [low, high] = [0, given.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const event = given[middle]!
      if (number < event.from) high = middle - 1
      else if (number > event.to) low = middle + 1
      else return event
    }
    return undefined
  }
}
