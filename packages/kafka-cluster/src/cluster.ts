import {
  RinglogError,
  systemClock,
  type Clock,
  type ClockTimer,
  type EngineCallOptions,
} from '@ringlog/core/internal'
import type { ResolvedClusterConfig } from './cluster-config.ts'
import type { ClusterParts } from './cluster-parts.ts'
import { ClusterConnections } from './connection/cluster-connections.ts'
import { GroupCoordinators } from './group/coordinators.ts'
import type { Kafka } from './load-kafka.ts'
import { ClusterMetadata } from './metadata/cluster-metadata.ts'

/** How often it is looked whether what is known of topics in use has become too old. */
const LOOK_EVERY_MS = 1_000

/**
 * What all parts of one client's engine share: its connections, and what it knows of the cluster.
 *
 * Thread: the client's.
 */
export class Cluster implements ClusterParts {
  readonly kafka: Kafka
  readonly config: ResolvedClusterConfig
  readonly clock: Clock = systemClock
  readonly connections: ClusterConnections
  readonly metadata: ClusterMetadata
  readonly coordinators: GroupCoordinators
  #timer: ClockTimer
  #closedError: RinglogError | null = null

  constructor(kafka: Kafka, config: ResolvedClusterConfig) {
    this.kafka = kafka
    this.config = config
    this.connections = new ClusterConnections(kafka, config, this.clock)
    this.metadata = new ClusterMetadata(kafka, config, this.clock, this.connections)
    this.coordinators = new GroupCoordinators(this)
    this.#timer = this.#lookLater()
  }

  /** BROKER_CLOSED once the client is closed; else `null`. */
  closedError(): RinglogError | null {
    return this.#closedError
  }

  /** The deadline of a call that manages topics or groups. */
  apiDeadline(): EngineCallOptions & { readonly deadlineMs: number } {
    if (this.#closedError !== null) throw this.#closedError
    return { deadlineMs: this.clock.nowMs() + this.config.defaultApiTimeoutMs }
  }

  /** Ends all connections: what is on its way fails. */
  close(): void {
    if (this.#closedError !== null) return
    this.#closedError = new RinglogError('BROKER_CLOSED', 'the client of the cluster is closed')
    this.clock.clearTimer(this.#timer)
    this.connections.close(this.#closedError)
  }

  #lookLater(): ClockTimer {
    const timer = this.clock.setTimer(() => {
      this.metadata.refreshOld()
      this.#timer = this.#lookLater()
    }, LOOK_EVERY_MS)
    timer.unref()
    return timer
  }
}
