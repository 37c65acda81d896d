import { RinglogError, type EngineCallOptions } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { ANY_NODE } from '../connection/cluster-connections.ts'
import { retryDelay } from '../retrying.ts'

/** So long a broker may not have heard of a topic of which another one has told. */
const HEARSAY_MS = 5_000

/**
 * Kafka's configurations of a topic that is there, by their names.
 *
 * @param names `null`: all.
 * @throws RinglogError TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION where it is gone, REQUEST_TIMED_OUT.
 */
export async function topicConfigValues(
  cluster: Cluster,
  topic: string,
  names: readonly string[] | null,
  options: EngineCallOptions,
): Promise<ReadonlyMap<string, string | null>> {
  const { kafka, connections, clock } = cluster
  const apis = versionsOf(kafka, kafka.describeConfigsV4.api, 'describeConfigs', 0)
  const resource = {
    resourceType: kafka.ConfigResourceTypes.TOPIC,
    resourceName: topic,
    configurationKeys: names && [...names],
  }
  const heardByMs = clock.nowMs() + HEARSAY_MS
  for (;;) {
    try {
      const { results } = await connections.request(ANY_NODE, apis, [[resource]], options)
      return new Map(results[0]?.configs.map(({ name, value }) => [name, value ?? null]) ?? [])
    } catch (error) {
      if (!RinglogError.is(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error
      await retryDelay(cluster, heardByMs, options.signal, error)
    }
  }
}
