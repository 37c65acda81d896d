import { RinglogError, type EngineCallOptions } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { ANY_NODE } from '../connection/cluster-connections.ts'
import type { TopicInfo } from '../metadata/topic-info.ts'

/** Kafka's `max.message.bytes` where it says nothing else. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588
const CONFIG_NAME = 'max.message.bytes'

/** The largest batch that topics take, by the configuration that the cluster has of them. */
export class MessageLimits {
  readonly #cluster: Cluster
  readonly #limits = new Map<string, Promise<number>>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** In bytes; Kafka's default where this client may not ask. */
  async of(info: TopicInfo, options: EngineCallOptions): Promise<number> {
    const key = `${info.topic} ${info.topicId}`
    let limit = this.#limits.get(key)
    if (limit === undefined) {
      limit = this.#ask(info.topic, options)
      this.#limits.set(key, limit)
      limit.catch(() => this.#limits.delete(key))
    }
    return limit.catch((error: unknown) => {
      if (RinglogError.is(error) && error.retriable) throw error
      return DEFAULT_MAX_MESSAGE_BYTES
    })
  }

  async #ask(topic: string, options: EngineCallOptions): Promise<number> {
    const { kafka, connections } = this.#cluster
    const apis = versionsOf(kafka, kafka.describeConfigsV4.api, 'describeConfigs', 0)
    const resource = {
      resourceType: kafka.ConfigResourceTypes.TOPIC,
      resourceName: topic,
      configurationKeys: [CONFIG_NAME],
    }
    const { results } = await connections.request(ANY_NODE, apis, [[resource]], options)
    const value = results[0]?.configs.find(({ name }) => name === CONFIG_NAME)?.value
    return value === undefined || value === null ? DEFAULT_MAX_MESSAGE_BYTES : Number(value)
  }
}
