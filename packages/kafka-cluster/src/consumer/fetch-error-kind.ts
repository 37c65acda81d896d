import {
  FENCED_LEADER_EPOCH,
  INCONSISTENT_TOPIC_ID,
  KAFKA_STORAGE_ERROR,
  LEADER_NOT_AVAILABLE,
  NOT_LEADER_OR_FOLLOWER,
  OFFSET_NOT_AVAILABLE,
  OFFSET_OUT_OF_RANGE,
  REPLICA_NOT_AVAILABLE,
  UNKNOWN_LEADER_EPOCH,
  UNKNOWN_SERVER_ERROR,
  UNKNOWN_TOPIC_ID,
  UNKNOWN_TOPIC_OR_PARTITION,
} from '../connection/error-numbers.ts'

/**
 * What an error in a partition's part of a `Fetch` asks for:
 *
 * - `outOfRange`: the position must be reset.
 * - `otherLeader`: the cluster's metadata must be looked at again; it may say that the topic is gone.
 * - `fatal`: the consumer's user must hear of it.
 *
 * Source: Apache Kafka, `consumer/internals/FetchCollector.java`, `handleInitializeErrors`.
 */
export function fetchErrorKind(errorCode: number): 'outOfRange' | 'otherLeader' | 'fatal' {
  if (errorCode === OFFSET_OUT_OF_RANGE) return 'outOfRange'
  return OTHER_LEADER.has(errorCode) ? 'otherLeader' : 'fatal'
}

/** The partition is to be asked for again, perhaps elsewhere. */
export const OTHER_LEADER: ReadonlySet<number> = new Set([
  UNKNOWN_SERVER_ERROR,
  UNKNOWN_TOPIC_OR_PARTITION,
  LEADER_NOT_AVAILABLE,
  NOT_LEADER_OR_FOLLOWER,
  REPLICA_NOT_AVAILABLE,
  KAFKA_STORAGE_ERROR,
  FENCED_LEADER_EPOCH,
  UNKNOWN_LEADER_EPOCH,
  OFFSET_NOT_AVAILABLE,
  UNKNOWN_TOPIC_ID,
  INCONSISTENT_TOPIC_ID,
])
