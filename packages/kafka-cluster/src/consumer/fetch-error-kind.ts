import { OFFSET_OUT_OF_RANGE } from '../connection/error-numbers.ts'

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
  -1, // UNKNOWN_SERVER_ERROR
  3, // UNKNOWN_TOPIC_OR_PARTITION
  5, // LEADER_NOT_AVAILABLE
  6, // NOT_LEADER_OR_FOLLOWER
  9, // REPLICA_NOT_AVAILABLE
  56, // KAFKA_STORAGE_ERROR
  74, // FENCED_LEADER_EPOCH
  75, // UNKNOWN_LEADER_EPOCH
  78, // OFFSET_NOT_AVAILABLE
  100, // UNKNOWN_TOPIC_ID
  103, // INCONSISTENT_TOPIC_ID
])
