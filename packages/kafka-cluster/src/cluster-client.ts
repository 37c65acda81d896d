import {
  LOG_ENGINE,
  type BrokerAddress,
  type EngineHolder,
  type LogEngine,
} from '@ringlog/core/internal'
import { threadId } from 'node:worker_threads'
import type { Cluster } from './cluster.ts'
import type { ClusterEngine } from './cluster-engine.ts'
import { nameOfEndpoint } from './connection/cluster-errors.ts'

/** A connection to a cluster, from one thread: what producers and consumers are made on. */
export class ClusterClient implements EngineHolder, AsyncDisposable {
  /** `brokerId` is Kafka's id of the cluster, `name` the servers that were given. */
  readonly address: BrokerAddress
  readonly #engine: ClusterEngine

  /** @internal */
  constructor(cluster: Cluster, engine: ClusterEngine) {
    this.#engine = engine
    this.address = {
      brokerId: cluster.metadata.clusterId,
      name: cluster.config.bootstrapServers.map(nameOfEndpoint).join(','),
      processId: process.pid,
      controllerThreadId: threadId,
    }
  }

  /** @internal */
  get [LOG_ENGINE](): LogEngine {
    return this.#engine
  }

  /**
   * Closes the producers and consumers made on it, then its connections. Idempotent.
   *
   * @throws What closing one of them rejects with: records that were not delivered, of which no other call
   *   has said so. The client is closed all the same.
   */
  close(): Promise<void> {
    return this.#engine.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
