import type { Broker } from 'ringlog'
import type { Cast } from './load/cast.ts'
import { nameOf } from './load/role.ts'

/** Something that is done to a broker under load. */
export interface Disturbance {
  readonly second: number
  readonly what: string
}

/** Every so many seconds, one after the other. */
const EVERY_SECONDS = 10

/** Kills the threads of the load in turns: each time one, in the middle of anything. */
export class Disturbances {
  readonly done: Disturbance[] = []
  readonly #cast: Cast
  #turn = 0
  #lastSecond = 0
  #running: Promise<void> = Promise.resolve()

  constructor(_broker: Broker, cast: Cast) {
    this.#cast = cast
  }

  /** Begins the next one, if it is time. */
  tick(second: number): void {
    if (second - this.#lastSecond < EVERY_SECONDS) return
    this.#lastSecond = second
    const { roles } = this.#cast
    const role = roles[this.#turn++ % roles.length]!
    this.done.push({ second, what: `kill ${nameOf(role)}` })
    this.#running = this.#running.then(() => this.#cast.replace(role))
  }

  /** Resolves when the last of them is over. */
  settled(): Promise<void> {
    return this.#running
  }
}
