import type { Reader } from '@platformatic/kafka'
import { versionsOf, type ClusterApi } from '../connection/cluster-api.ts'
import type { Kafka } from '../load-kafka.ts'

/** What is committed of one topic. */
export interface CommittedTopic {
  readonly name: string
  /** `''`: not known. */
  readonly topicId: string
  readonly partitions: ReadonlyArray<{
    readonly partitionIndex: number
    readonly committedOffset: bigint
    readonly committedLeaderEpoch: number
    readonly committedMetadata: string
  }>
}

/** What a coordinator answers of one topic. */
interface AnsweredTopic {
  /** Its id, or, where the broker does not take ids yet, its name. */
  readonly name: string
  readonly partitions: ReadonlyArray<{
    readonly partitionIndex: number
    readonly errorCode: number
  }>
}

type OffsetCommitArgs = [
  groupId: string,
  epoch: number,
  memberId: string,
  instanceId: string | null,
  topics: readonly CommittedTopic[],
]

interface OffsetCommitResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly AnsweredTopic[]
}

type OffsetCommitApi = ClusterApi<OffsetCommitArgs, OffsetCommitResponse>

/**
 * Kafka's `OffsetCommit`, the newest version first. The newest, which the library does not have, names topics by their
 * ids: a commit of a topic that was deleted does not count for one that has its name since.
 *
 * @param knowsIds Whether the ids of all topics are known.
 *
 * Source: Apache Kafka, `common/message/OffsetCommitRequest.json`, `OffsetCommitResponse.json`.
 */
export function offsetCommitApis(kafka: Kafka, knowsIds: boolean): readonly OffsetCommitApi[] {
  const byName = versionsOf(kafka, kafka.offsetCommitV9.api, 'offsetCommit', 2)
  // The library's requests only read what they are given, whose arrays they call writable.
  const apis = byName as unknown as readonly OffsetCommitApi[]
  return knowsIds ? [offsetCommitById(kafka), ...apis] : apis
}

function offsetCommitById(kafka: Kafka): OffsetCommitApi {
  return kafka.createAPI<OffsetCommitArgs, OffsetCommitResponse>(
    OFFSET_COMMIT_KEY,
    FIRST_WITH_TOPIC_IDS,
    (...[groupId, epoch, memberId, instanceId, topics]: OffsetCommitArgs) =>
      kafka.Writer.create()
        .appendString(groupId)
        .appendInt32(epoch)
        .appendString(memberId)
        .appendString(instanceId)
        .appendArray([...topics], (writer, { topicId, partitions }) => {
          writer.appendUUID(topicId).appendArray([...partitions], (w, p) => {
            w.appendInt32(p.partitionIndex)
              .appendInt64(p.committedOffset)
              .appendInt32(p.committedLeaderEpoch)
              .appendString(p.committedMetadata)
          })
        })
        .appendTaggedFields(),
    (_correlationId, _key, _version, reader) => readResponse(reader),
  )
}

function readResponse(reader: Reader): OffsetCommitResponse {
  return {
    throttleTimeMs: reader.readInt32(),
    topics: reader.readArray((r) => ({
      name: r.readUUID(),
      partitions: r.readArray((p) => ({
        partitionIndex: p.readInt32(),
        errorCode: p.readInt16(),
      })),
    })),
  }
}

const OFFSET_COMMIT_KEY = 8
const FIRST_WITH_TOPIC_IDS = 10
