import { RinglogError, type EngineCallOptions } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { topicConfigValues } from '../metadata/topic-config-values.ts'
import type { TopicInfo } from '../metadata/topic-info.ts'

/** Kafka's `max.message.bytes` where it says nothing else. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588
const CONFIG_NAME = 'max.message.bytes'

/** The largest batch that topics take, by the configuration that the cluster has of them. */
export class MessageLimits {
  readonly #cluster: Cluster
  /** By topic, of the one that has its name now. */
  readonly #limits = new Map<
    string,
    { readonly topicId: string; readonly bytes: Promise<number> }
  >()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** In bytes; Kafka's default where this client may not ask. */
  async of(info: TopicInfo, options: EngineCallOptions): Promise<number> {
    const { topic, topicId } = info
    let limit = this.#limits.get(topic)
    if (limit?.topicId !== topicId) {
      limit = { topicId, bytes: this.#ask(topic, options) }
      this.#limits.set(topic, limit)
      limit.bytes.catch(() => this.forget(topic))
    }
    return limit.bytes.catch((error: unknown) => {
      if (RinglogError.is(error) && error.retriable) throw error
      return DEFAULT_MAX_MESSAGE_BYTES
    })
  }

  /** The topic is deleted, or to be asked about again. */
  forget(topic: string): void {
    this.#limits.delete(topic)
  }

  async #ask(topic: string, options: EngineCallOptions): Promise<number> {
    const values = await topicConfigValues(this.#cluster, topic, [CONFIG_NAME], options)
    const value = values.get(CONFIG_NAME)
    return value === undefined || value === null ? DEFAULT_MAX_MESSAGE_BYTES : Number(value)
  }
}
