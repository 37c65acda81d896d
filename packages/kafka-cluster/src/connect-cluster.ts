import { RinglogError } from '@ringlog/core/internal'
import { Cluster } from './cluster.ts'
import { ClusterClient } from './cluster-client.ts'
import { resolveClusterConfig, type ClusterConfig } from './cluster-config.ts'
import { ClusterEngine } from './cluster-engine.ts'
import { FollowerLink } from './follower/follower-link.ts'
import { loadKafka } from './load-kafka.ts'

/**
 * Connects this thread to an Apache Kafka cluster: what it gives takes the place of a broker, or of what `connect`
 * gives, for producers and consumers. It waits for a cluster that is not up yet.
 *
 * Needs the package @platformatic/kafka, which is not installed with Ringlog.
 *
 * @throws RinglogError INVALID_CONFIG that lists every faulty option, or says what to install; BROKER_NOT_AVAILABLE
 *   that says of each server why it cannot be reached, after `defaultApiTimeoutMs`; at once, with the broker in the
 *   message, where waiting would not help: NETWORK_EXCEPTION (no such host, no Kafka there, TLS),
 *   SASL_AUTHENTICATION_FAILED, UNSUPPORTED_SASL_MECHANISM, UNSUPPORTED_VERSION.
 */
export async function connectCluster(config: ClusterConfig): Promise<ClusterClient> {
  const resolved = resolveClusterConfig(config)
  const cluster = new Cluster(await loadKafka(), resolved)
  try {
    await cluster.metadata.connect(cluster.apiDeadline())
    // This module opens the client again in other threads: see `reopenClient`.
    const handle = { module: import.meta.url, data: config }
    const link = resolved.follow === null ? null : await FollowerLink.open(resolved)
    return new ClusterClient(cluster, new ClusterEngine(cluster, link), handle)
  } catch (error) {
    cluster.close()
    throw RinglogError.is(error)
      ? error
      : new RinglogError('UNKNOWN_SERVER_ERROR', undefined, { cause: error })
  }
}

/** Opens a client again in another thread. @internal */
export function reopenClient(config: unknown): Promise<ClusterClient> {
  return connectCluster(config as ClusterConfig)
}
