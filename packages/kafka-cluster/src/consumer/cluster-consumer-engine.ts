import {
  RinglogError,
  type Blocking,
  type ConsumerEngine,
  type EngineBase,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'

type ConsumerSide = Required<Omit<ConsumerEngine, keyof EngineBase | 'poolWorkerUrl'>>

/** The log of a cluster, as consumers see it. */
export class ClusterConsumerEngine implements ConsumerSide {
  readonly blocking: Blocking = 'refused'
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  noticeEnd(): void {}

  openPartitions = (..._args: unknown[]): Promise<never> => this.#refuse()
  listOffsets = (..._args: unknown[]): Promise<never> => this.#refuse()
  joinGroup = (..._args: unknown[]): Promise<never> => this.#refuse()
  committedOffset = (..._args: unknown[]): Promise<never> => this.#refuse()
  describeCommits = (..._args: unknown[]): Promise<never> => this.#refuse()
  storeCommits = (..._args: unknown[]): Promise<never> => this.#refuse()
  closePartitions = (..._args: unknown[]): Promise<never> => this.#refuse()

  async close(): Promise<void> {}

  async #refuse(): Promise<never> {
    throw this.#cluster.closedError() ?? new RinglogError('INVALID_REQUEST', 'no consumers yet')
  }
}
