import type { TopicPartition } from '../../topic-partition.ts'

/** A member of a group, as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string
  /** The `groupInstanceId` of a static member; `null`: a dynamic one. */
  readonly instanceId: string | null
  /** What it subscribes to, in alphabetical order: only topics that exist. */
  readonly topics: readonly string[]
  /**
   * The partitions that it holds and need not give up, and those that are on their way to it: an answer
   * that leaves them with the member moves nothing. Only existing ones, of topics that it subscribes to.
   */
  readonly owned: readonly TopicPartition[]
}

/** The members of a group, and the partitions to assign to them. */
export interface AssignorRequest {
  /** In the order in which they joined. */
  readonly members: readonly AssignorMember[]
  /** The number of partitions of every topic that a member subscribes to. */
  readonly partitionsOf: ReadonlyMap<string, number>
}

/** Each member's partitions, by member id. A member that is not named gets none. */
export type AssignorAnswer = ReadonlyMap<string, readonly TopicPartition[]>

/**
 * Says which member of a group gets which partition.
 *
 * A module of the user's exports a function `assign` of this form, for example
 *
 * ```ts
 * import type { AssignorAnswer, AssignorRequest } from 'ringlog'
 *
 * export function assign({ members, partitionsOf }: AssignorRequest): AssignorAnswer
 * ```
 *
 * Thread: the controller's, which waits for the answer: no promise, and nothing that takes long.
 */
export interface Assignor {
  /** Members that name the same assignor agree on it: a built-in's name, or a module's URL. */
  readonly name: string
  assign(request: AssignorRequest): AssignorAnswer
}
