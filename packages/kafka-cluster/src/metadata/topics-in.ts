import type { Kafka } from '../load-kafka.ts'
import type { PartitionInfo, TopicInfo } from './topic-info.ts'

type Newest = ReturnType<Kafka['metadataV12']['parseResponse']>
type NewestTopic = Newest['topics'][number]
type NewestPartition = NewestTopic['partitions'][number]

/** The answer to a question about topics; old brokers do not tell all of it. */
export interface MetadataResponse extends Omit<Newest, 'topics'> {
  readonly topics: readonly AnsweredTopic[]
}

interface AnsweredTopic extends Omit<NewestTopic, 'topicId' | 'partitions'> {
  readonly topicId?: string
  readonly partitions: readonly AnsweredPartition[]
}

interface AnsweredPartition extends Omit<NewestPartition, 'leaderEpoch'> {
  readonly leaderEpoch?: number
}

/** What the cluster says of one topic. */
export interface TopicOutcome {
  /** `null`: see the error. */
  readonly info: TopicInfo | null
  /** Kafka's number; 0: none. */
  readonly errorNumber: number
}

/** What a response says, by topic. */
export function topicsIn({ topics }: MetadataResponse): ReadonlyMap<string, TopicOutcome> {
  const outcomes = new Map<string, TopicOutcome>()
  for (const { name, topicId = '', isInternal, partitions, errorCode } of topics) {
    if (typeof name !== 'string') continue
    const info: TopicInfo | null =
      errorCode === 0
        ? { topic: name, topicId, isInternal, partitions: byNumber(partitions) }
        : null
    outcomes.set(name, { info, errorNumber: errorCode })
  }
  return outcomes
}

function byNumber(partitions: readonly AnsweredPartition[]): readonly PartitionInfo[] {
  return partitions
    .map(({ partitionIndex, leaderId, leaderEpoch = -1, replicaNodes, isrNodes }) => ({
      partition: partitionIndex,
      leader: leaderId,
      leaderEpoch,
      replicas: replicaNodes,
      isr: isrNodes,
    }))
    .sort((a, b) => a.partition - b.partition)
}
