import { RinglogError, awaitWithin, type EngineCallOptions } from '@ringlog/core/internal'
import type { ClusterParts } from '../cluster-parts.ts'
import { versionsOf, type ClusterApi } from '../connection/cluster-api.ts'
import { ANY_NODE, type ClusterRequestOptions } from '../connection/cluster-connections.ts'
import { errorAbout, isOfLostBroker } from '../connection/cluster-errors.ts'
import {
  COORDINATOR_LOAD_IN_PROGRESS,
  COORDINATOR_NOT_AVAILABLE,
  NOT_COORDINATOR,
} from '../connection/error-numbers.ts'
import { retryDelay } from '../retrying.ts'

/**
 * Which broker coordinates a group, as far as that is known, and requests to it.
 *
 * Thread: its client's.
 */
export class GroupCoordinators {
  readonly #cluster: ClusterParts
  readonly #nodeIds = new Map<string, Promise<number>>()

  constructor(cluster: ClusterParts) {
    this.#cluster = cluster
  }

  /**
   * Asks the group's coordinator; where that has moved, is loading or cannot be reached, again.
   *
   * @returns The answer whole, with whatever error numbers are in it but those of coordinators.
   * @throws RinglogError REQUEST_TIMED_OUT, GROUP_AUTHORIZATION_FAILED; what a coordinator refuses as a whole.
   */
  async request<Args extends unknown[], Response>(
    groupId: string,
    apis: ReadonlyArray<ClusterApi<Args, Response>>,
    args: Args,
    options: CoordinatorOptions = {},
  ): Promise<Response> {
    const { clock, config, connections } = this.#cluster
    const { deadlineMs = clock.nowMs() + config.requestTimeoutMs, signal } = options
    const limits = { deadlineMs, signal }
    for (;;) {
      const nodeId = await this.#find(groupId, limits)
      let cause: unknown
      try {
        const call = { ...options, ...limits, takesErrors: true }
        const answer = await connections.request(nodeId, apis, args, call)
        if (!isMoved(answer)) return answer
      } catch (error) {
        if (!isOfLostBroker(error)) throw error
        cause = error
      }
      this.#nodeIds.delete(groupId)
      await retryDelay(this.#cluster, deadlineMs, signal, cause)
    }
  }

  /** Whether a group's coordinator takes a request, of any of these versions. */
  async takes<Args extends unknown[], Response>(
    groupId: string,
    apis: ReadonlyArray<ClusterApi<Args, Response>>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { connections, clock, config } = this.#cluster
    const deadlineMs = clock.nowMs() + config.defaultApiTimeoutMs
    const limits = { deadlineMs, signal }
    for (;;) {
      const nodeId = await this.#find(groupId, limits)
      try {
        return await connections.takes(nodeId, apis, limits)
      } catch (error) {
        if (!isOfLostBroker(error)) throw error
        this.#nodeIds.delete(groupId)
        await retryDelay(this.#cluster, deadlineMs, signal, error)
      }
    }
  }

  /** Ends a connection to the group's coordinator that nobody needs any more. */
  async closeLane(groupId: string, lane: string): Promise<void> {
    const found = this.#nodeIds.get(groupId)
    if (found === undefined) return
    // The first one that is settled by now counts: a coordinator that is looked for still has no connection.
    const nodeId = await Promise.race([found, Promise.resolve(null)]).catch(() => null)
    if (nodeId !== null) this.#cluster.connections.closeLane(nodeId, lane)
  }

  /** The broker that coordinates a group. A caller that waits for it no longer does not end the wait of others. */
  async #find(
    groupId: string,
    { deadlineMs, signal }: EngineCallOptions & { deadlineMs: number },
  ): Promise<number> {
    const found = this.#nodeIds.get(groupId) ?? this.#look(groupId, deadlineMs)
    const { clock } = this.#cluster
    const timeoutMs = Math.max(0, deadlineMs - clock.nowMs())
    return awaitWithin(found, `finding who coordinates ${groupId}`, { signal, timeoutMs }, clock)
  }

  #look(groupId: string, deadlineMs: number): Promise<number> {
    const found = this.#ask(groupId, { deadlineMs })
    this.#nodeIds.set(groupId, found)
    found.catch(() => {
      if (this.#nodeIds.get(groupId) === found) this.#nodeIds.delete(groupId)
    })
    return found
  }

  async #ask(groupId: string, options: { readonly deadlineMs: number }): Promise<number> {
    const { connections, kafka, metadata } = this.#cluster
    const apis = versionsOf(kafka, kafka.findCoordinatorV6.api, 'findCoordinator', 0)
    for (;;) {
      let cause: unknown
      try {
        const call = { ...options, takesErrors: true }
        const { coordinators } = await connections.request(ANY_NODE, apis, [GROUP, [groupId]], call)
        const [found] = coordinators
        if (found !== undefined && found.errorCode === 0) {
          // It is of a broker that is new to this client: the cluster says where that is.
          if (connections.endpointOf(found.nodeId) === undefined)
            await metadata.describe([], options)
          return found.nodeId
        }
        if (found !== undefined && !MOVED.has(found.errorCode)) {
          const { errorCode, errorMessage } = found
          throw errorAbout(`group ${groupId}`, errorCode, errorMessage, { groupId })
        }
      } catch (error) {
        const isOfNone = RinglogError.is(error) && NO_COORDINATOR_CODES.has(error.code)
        if (!isOfNone && !isOfLostBroker(error)) throw error
        cause = error
      }
      await retryDelay(this.#cluster, options.deadlineMs, undefined, cause)
    }
  }
}

/** As of a request to a broker: see `ClusterConnections.request`. */
export type CoordinatorOptions = Omit<ClusterRequestOptions, 'takesErrors'>

const GROUP = 0

const MOVED: ReadonlySet<number> = new Set([
  COORDINATOR_LOAD_IN_PROGRESS,
  COORDINATOR_NOT_AVAILABLE,
  NOT_COORDINATOR,
])
const NO_COORDINATOR_CODES: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
])

/** Whether an answer, or any part of it, says that the coordinator is another, or not ready. */
function isMoved(answer: unknown): boolean {
  const { errorCode, topics, groups } = answer as {
    errorCode?: number
    topics?: ReadonlyArray<{ partitions: ReadonlyArray<{ errorCode: number }> }>
    groups?: ReadonlyArray<{ errorCode: number }>
  }
  if (errorCode !== undefined && MOVED.has(errorCode)) return true
  if (groups?.some((group) => MOVED.has(group.errorCode)) === true) return true
  return topics?.some(({ partitions }) => partitions.some((p) => MOVED.has(p.errorCode))) === true
}
