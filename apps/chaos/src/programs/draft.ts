import type { GroupSpec, TopicSpec } from './program.ts'
import type { Random } from './random.ts'

/** What a program's parts are made from. */
export interface Draft {
  readonly random: Random
  readonly runMs: number
  readonly topics: readonly TopicSpec[]
  readonly groups: readonly GroupSpec[]
  /** Whether consumers rest for long: rings are full, and what is written expires. */
  readonly isStalled: boolean
  /** Whether the broker's thread is going to be killed: then calls may wait without an end of their own. */
  readonly isBrokerKilled: boolean
}
