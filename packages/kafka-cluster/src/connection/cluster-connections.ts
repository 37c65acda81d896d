import {
  RinglogError,
  awaitWithin,
  type Clock,
  type EngineCallOptions,
} from '@ringlog/core/internal'
import type { BrokerEndpoint, ResolvedClusterConfig } from '../cluster-config.ts'
import type { Kafka } from '../load-kafka.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { BrokerLane } from './broker-lane.ts'
import type { ClusterApi } from './cluster-api.ts'
import { isLastingError, nameOfEndpoint, responseIn } from './cluster-errors.ts'

/** Any broker that can be reached. */
export const ANY_NODE = -1
/** The lane of what is answered soon. */
export const MAIN_LANE = 'main'

/** How a request is made. */
export interface ClusterRequestOptions extends EngineCallOptions {
  /**
   * Requests of one lane to one broker, which may wait as long as each other, share a connection, and are answered in
   * order. Default `"main"`.
   */
  readonly lane?: string
  /** By which brokers know who opens the lane. Default: the client's. */
  readonly clientId?: string
  /** The lane's requests wait at the broker, by their own will, for up to so long: what `requestTimeoutMs` adds to. */
  readonly longestWaitMs?: number
  /** The process may end although it is not answered: nobody waits for it alone. */
  readonly isBackground?: boolean
  /** Resolves with the response although there are error numbers in it. */
  readonly takesErrors?: boolean
}

/** Where a request goes, and how it is called back for its place in the order. */
interface Answer {
  readonly throttleTimeMs?: number
}

/**
 * All connections of a client to its cluster: one for each broker and lane, made when it is first needed.
 *
 * Thread: the client's. Connections keep its process alive only while something waits: see `hold`.
 */
export class ClusterConnections {
  readonly #kafka: Kafka
  readonly #config: ResolvedClusterConfig
  readonly #clock: Clock
  readonly #lanes = new Map<string, OpenLane>()
  readonly #open = new Set<BrokerConnection>()
  #nodes: ReadonlyMap<number, BrokerEndpoint> = new Map()
  #holds = 0
  #closedError: RinglogError | null = null

  constructor(kafka: Kafka, config: ResolvedClusterConfig, clock: Clock) {
    this.#kafka = kafka
    this.#config = config
    this.#clock = clock
  }

  /** The brokers as the cluster tells of them. One that has moved is connected to anew. */
  setNodes(nodes: ReadonlyMap<number, BrokerEndpoint>): void {
    this.#nodes = nodes
  }

  /** The brokers that the cluster tells of. */
  nodeIds(): number[] {
    return [...this.#nodes.keys()]
  }

  /** Where a broker is; `undefined`: the cluster has not told of it. */
  endpointOf(nodeId: number): BrokerEndpoint | undefined {
    return this.#nodes.get(nodeId)
  }

  /**
   * Sends a request to a broker, by the newest version that it takes of `apis`; resolves with its response. A
   * connection is made where there is none. What the broker says of throttling is obeyed.
   *
   * @param nodeId A broker of the metadata, or `ANY_NODE`.
   * @throws RinglogError NETWORK_EXCEPTION that names the broker, REQUEST_TIMED_OUT, UNSUPPORTED_VERSION; the error of
   *   the first error number in the response, unless `takesErrors`; BROKER_NOT_AVAILABLE where none of all can be
   *   reached; `signal.reason`; BROKER_CLOSED.
   */
  async request<Args extends unknown[], Response>(
    nodeId: number,
    apis: ReadonlyArray<ClusterApi<Args, Response>>,
    args: Args,
    options: ClusterRequestOptions = {},
  ): Promise<Response> {
    const release = options.isBackground === true ? null : this.hold()
    try {
      const lane =
        nodeId === ANY_NODE ? await this.#anyLane(options) : this.#laneOf(nodeId, options)
      const connection = lane.ready ?? (await lane.connection(options))
      const answered = connection.send(connection.newestOf(apis), args)
      const { deadlineMs = Infinity, signal } = options
      const timeoutMs =
        deadlineMs === Infinity ? Infinity : Math.max(0, deadlineMs - this.#clock.nowMs())
      const what = `a request to broker ${nameOfEndpoint(lane.at)}`
      const response = await awaitWithin(answered, what, { timeoutMs, signal }, this.#clock).catch(
        (error: RinglogError) => {
          const whole = responseIn(error.cause) as Response | undefined
          if (options.takesErrors === true && whole !== undefined) return whole
          throw this.#closedError ?? error
        },
      )
      const { throttleTimeMs = 0 } = (response ?? {}) as Answer
      if (throttleTimeMs > 0) lane.throttle(throttleTimeMs)
      return response
    } finally {
      release?.()
    }
  }

  /**
   * Whether a request to the broker would leave at once: so that requests leave in the order of the calls, whatever
   * is waited for before.
   */
  isReady(nodeId: number, lane: string): boolean {
    const at = this.#nodes.get(nodeId)
    const ready = at === undefined ? undefined : this.#lanes.get(keyOf(at, lane, 0))?.lane.ready
    return ready !== undefined && ready !== null
  }

  /** Opens the lane's connection to a broker. @throws RinglogError as `request`. */
  async connect(nodeId: number, options: ClusterRequestOptions): Promise<void> {
    const release = this.hold()
    try {
      await this.#laneOf(nodeId, options).connection(options)
    } catch (error) {
      throw this.#closedError ?? error
    } finally {
      release()
    }
  }

  /**
   * Whether a broker takes a request, of any of these versions.
   *
   * @throws RinglogError as `request`.
   */
  async takes<Args extends unknown[], Response>(
    nodeId: number,
    apis: ReadonlyArray<ClusterApi<Args, Response>>,
    options: ClusterRequestOptions = {},
  ): Promise<boolean> {
    const lane = this.#laneOf(nodeId, options)
    const connection = lane.ready ?? (await lane.connection(options))
    try {
      connection.newestOf(apis)
      return true
    } catch (error) {
      if (RinglogError.is(error, 'UNSUPPORTED_VERSION')) return false
      throw error
    }
  }

  /**
   * Closes a lane's connection: what is on its way there fails.
   *
   * @param options.sendsRest First sends what was written and nobody waits for an answer to.
   */
  closeLane(nodeId: number, lane: string, options: { readonly sendsRest?: boolean } = {}): void {
    // Wherever the broker was when it was opened: the cluster may not tell of it any more, or have it elsewhere.
    for (const [key, open] of this.#lanes) {
      if (open.nodeId !== nodeId || open.name !== lane) continue
      open.lane.close(options.sendsRest)
      this.#lanes.delete(key)
    }
  }

  /** Keeps the process alive until the returned function is called. */
  hold(): () => void {
    if (this.#holds++ === 0) for (const connection of this.#open) connection.setRef(true)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      if (--this.#holds === 0) for (const connection of this.#open) connection.setRef(false)
    }
  }

  /** All that is on its way fails with `error`, and every later request. */
  close(error: RinglogError): void {
    this.#closedError = error
    for (const { lane } of this.#lanes.values()) lane.close()
    this.#lanes.clear()
  }

  #laneOf(nodeId: number, options: ClusterRequestOptions): BrokerLane {
    const at = this.#nodes.get(nodeId)
    if (at !== undefined) return this.#laneAt(at, options, nodeId)
    throw new RinglogError('NETWORK_EXCEPTION', `the cluster has no broker ${nodeId} now`, {
      details: { nodeId },
    })
  }

  #laneAt(at: BrokerEndpoint, options: ClusterRequestOptions, nodeId = ANY_NODE): BrokerLane {
    if (this.#closedError !== null) throw this.#closedError
    const { lane: name = MAIN_LANE, longestWaitMs = 0, clientId = this.#config.clientId } = options
    const key = keyOf(at, name, longestWaitMs)
    let open = this.#lanes.get(key)
    if (open === undefined) {
      const parts = {
        kafka: this.#kafka,
        config: { ...this.#config, clientId },
        requestTimeoutMs: this.#config.requestTimeoutMs + longestWaitMs,
      }
      const lane = new BrokerLane(at, parts, this.#clock, (connection) => this.#onOpen(connection))
      open = { lane, name, nodeId }
      this.#lanes.set(key, open)
    }
    if (nodeId !== ANY_NODE) open.nodeId = nodeId
    return open.lane
  }

  #onOpen(connection: BrokerConnection): void {
    this.#open.add(connection)
    connection.onceClosed(() => this.#open.delete(connection))
    connection.setRef(this.#holds > 0)
  }

  /** One that is connected; else the first to which a connection opens, of the brokers, then of the servers given. */
  async #anyLane(options: ClusterRequestOptions): Promise<BrokerLane> {
    const lanes = this.#candidates(options)
    const open = lanes.find(({ isOpen }) => isOpen)
    if (open !== undefined) return open
    const failures: RinglogError[] = []
    // Those whose last attempt has only just failed come last.
    for (const lane of lanes.sort((a, b) => Number(a.isBackingOff) - Number(b.isBackingOff))) {
      try {
        await lane.connection(options)
        return lane
      } catch (error) {
        if (options.signal?.aborted === true || this.#closedError !== null) throw error
        failures.push(error as RinglogError)
        const { deadlineMs = Infinity } = options
        if (this.#clock.nowMs() >= deadlineMs) break
      }
    }
    throw notAvailable(failures)
  }

  #candidates(options: ClusterRequestOptions): BrokerLane[] {
    const nodes = [...this.#nodes.values()]
    const first = Math.floor(this.#clock.random() * nodes.length)
    const rotated = [...nodes.slice(first), ...nodes.slice(0, first)]
    const places = [...rotated, ...this.#config.bootstrapServers]
    return [...new Set(places.map((at) => this.#laneAt(at, options)))]
  }
}

/** A lane that is open, or opens when it is needed. */
interface OpenLane {
  readonly lane: BrokerLane
  readonly name: string
  /** The broker that it leads to; `ANY_NODE`: nobody has asked for that one by its number. */
  nodeId: number
}

/** Those that may wait longer than others have a connection of their own: how long it gives an answer is one for all. */
function keyOf(at: BrokerEndpoint, lane: string, longestWaitMs: number): string {
  return `${nameOfEndpoint(at)} ${lane} ${longestWaitMs}`
}

/** No broker could be reached: why, of each. */
function notAvailable(failures: readonly RinglogError[]): RinglogError {
  const [first] = failures
  if (failures.length === 1 && isLastingError(first!)) return first!
  const reasons = failures.map(({ message }) => message).join('; ')
  return new RinglogError(
    'BROKER_NOT_AVAILABLE',
    `no broker of the cluster can be reached: ${reasons}`,
    {
      cause: first,
      details: { isLasting: failures.length > 0 && failures.every(isLastingError) },
    },
  )
}
