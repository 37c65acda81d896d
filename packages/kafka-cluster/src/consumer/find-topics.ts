import {
  unknownPartition,
  type EngineCallOptions,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { errorOfTopic } from '../connection/cluster-errors.ts'
import type { TopicInfo } from '../metadata/topic-info.ts'
import { retryDelay } from '../retrying.ts'
import { UNKNOWN_TOPIC_OR_PARTITION } from '../connection/error-numbers.ts'

/**
 * What the cluster knows of the topics of some partitions, by name. A topic that a broker does not know is waited for
 * a moment: it may have been created through another.
 *
 * @param options.isFresh Asks the cluster also where it has told before: that has proved wrong.
 * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED, REQUEST_TIMED_OUT.
 */
export async function findTopics(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: EngineCallOptions & { readonly deadlineMs: number; readonly isFresh?: boolean },
): Promise<ReadonlyMap<string, TopicInfo>> {
  const { clock, metadata } = cluster
  const untilMs = Math.min(options.deadlineMs, clock.nowMs() + MAX_SPREAD_MS)
  for (let { isFresh = false } = options; ; isFresh = true) {
    const infos = new Map<string, TopicInfo>()
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    const asked = topics.filter((topic) => {
      const known = isFresh ? null : metadata.known(topic)
      if (known !== null) infos.set(topic, known)
      return known === null
    })
    const outcomes = asked.length === 0 ? null : await metadata.describe(asked, options)
    const missing: Array<{ readonly topic: string; readonly errorNumber: number }> = []
    for (const topic of asked) {
      const { info = null, errorNumber = UNKNOWN_TOPIC_OR_PARTITION } = outcomes?.get(topic) ?? {}
      if (info !== null) infos.set(topic, info)
      else missing.push({ topic, errorNumber })
    }
    const beyond = partitions.find(
      ({ topic, partition }) => partition >= (infos.get(topic)?.partitions.length ?? Infinity),
    )
    if (missing.length === 0 && beyond === undefined) return infos
    const [first] = missing
    const isLasting = first !== undefined && first.errorNumber !== UNKNOWN_TOPIC_OR_PARTITION
    // What was said is told where there is no time to ask again: that the time is over says less.
    const isLast = clock.nowMs() + cluster.config.retryBackoffMs >= untilMs
    if (isLasting || (asked.length === topics.length && isLast)) {
      if (first !== undefined) throw errorOfTopic(first.topic, first.errorNumber)
      const { topic, partition } = beyond!
      throw unknownPartition(topic, partition, infos.get(topic)!.partitions.length)
    }
    await retryDelay(cluster, options.deadlineMs, options.signal)
  }
}

/** How long it may take until all brokers know a new topic. */
const MAX_SPREAD_MS = 1_000
