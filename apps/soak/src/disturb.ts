import type { Broker, TopicPartition } from 'ringlog'
import { forceRebalance, killPartitionWorker } from 'ringlog/testing'
import type { Cast } from './load/cast.ts'
import { nameOf, type Role } from './load/role.ts'

/** Something that is done to a broker under load. */
export interface Disturbance {
  readonly second: number
  readonly what: string
}

interface Plan {
  readonly what: string
  readonly run: () => Promise<unknown>
}

/** One begins every so many seconds. */
const EVERY_SECONDS = 10

/**
 * Kills the threads of the load in turns, and between them a partition's worker, or has a group assign its
 * partitions anew: each time one of them, in the middle of anything.
 */
export class Disturbances {
  readonly done: Disturbance[] = []
  readonly errors: string[] = []
  readonly #plans: readonly Plan[]
  #lastSecond = 0
  #running: Promise<void> = Promise.resolve()

  constructor(broker: Broker, cast: Cast, partitions: readonly TopicPartition[], groups: string[]) {
    const killThread = (role: Role): Plan => ({
      what: `kill ${nameOf(role)}`,
      run: () => cast.replace(role),
    })
    const killWorker = (at: TopicPartition): Plan => ({
      what: `kill the worker of ${at.topic}-${at.partition}`,
      run: () => killPartitionWorker(broker, at),
    })
    const rebalance = (groupId: string): Plan => ({
      what: `rebalance ${groupId}`,
      run: () => forceRebalance(broker, groupId),
    })
    this.#plans = inTurns([
      cast.roles.map(killThread),
      partitions.map(killWorker),
      groups.map(rebalance),
    ])
  }

  /** Begins the next one, if it is time. */
  tick(second: number): void {
    if (second - this.#lastSecond < EVERY_SECONDS) return
    this.#lastSecond = second
    const { what, run } = this.#plans[this.done.length % this.#plans.length]!
    this.done.push({ second, what })
    this.#running = this.#running.then(run).then(
      () => undefined,
      (error: unknown) => void this.errors.push(`${what}: ${String(error)}`),
    )
  }

  /** Resolves when the last of them is over. */
  settled(): Promise<void> {
    return this.#running
  }
}

/** Of each list the next one, until the longest has been gone through. */
function inTurns(lists: ReadonlyArray<readonly Plan[]>): Plan[] {
  const rounds = Math.max(...lists.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, round) =>
    lists.map((list) => list[round % list.length]!),
  ).flat()
}
