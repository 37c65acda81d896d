import { errorNumberOf } from '@ringlog/core/internal/cluster'

// Numbers in Kafka's answers, by the names of the table of errors.
export const COORDINATOR_LOAD_IN_PROGRESS = errorNumberOf('COORDINATOR_LOAD_IN_PROGRESS')
export const COORDINATOR_NOT_AVAILABLE = errorNumberOf('COORDINATOR_NOT_AVAILABLE')
export const FENCED_INSTANCE_ID = errorNumberOf('FENCED_INSTANCE_ID')
export const FENCED_LEADER_EPOCH = errorNumberOf('FENCED_LEADER_EPOCH')
export const FENCED_MEMBER_EPOCH = errorNumberOf('FENCED_MEMBER_EPOCH')
export const GROUP_ID_NOT_FOUND = errorNumberOf('GROUP_ID_NOT_FOUND')
export const ILLEGAL_GENERATION = errorNumberOf('ILLEGAL_GENERATION')
export const INVALID_SESSION_TIMEOUT = errorNumberOf('INVALID_SESSION_TIMEOUT')
export const KAFKA_STORAGE_ERROR = errorNumberOf('KAFKA_STORAGE_ERROR')
export const LEADER_NOT_AVAILABLE = errorNumberOf('LEADER_NOT_AVAILABLE')
export const MEMBER_ID_REQUIRED = errorNumberOf('MEMBER_ID_REQUIRED')
export const NOT_COORDINATOR = errorNumberOf('NOT_COORDINATOR')
export const NOT_LEADER_OR_FOLLOWER = errorNumberOf('NOT_LEADER_OR_FOLLOWER')
export const OFFSET_NOT_AVAILABLE = errorNumberOf('OFFSET_NOT_AVAILABLE')
export const OFFSET_OUT_OF_RANGE = errorNumberOf('OFFSET_OUT_OF_RANGE')
export const REBALANCE_IN_PROGRESS = errorNumberOf('REBALANCE_IN_PROGRESS')
export const REQUEST_TIMED_OUT = errorNumberOf('REQUEST_TIMED_OUT')
export const STALE_MEMBER_EPOCH = errorNumberOf('STALE_MEMBER_EPOCH')
export const UNKNOWN_LEADER_EPOCH = errorNumberOf('UNKNOWN_LEADER_EPOCH')
export const UNKNOWN_MEMBER_ID = errorNumberOf('UNKNOWN_MEMBER_ID')
export const UNKNOWN_PRODUCER_ID = errorNumberOf('UNKNOWN_PRODUCER_ID')
export const UNKNOWN_SERVER_ERROR = errorNumberOf('UNKNOWN_SERVER_ERROR')
export const UNKNOWN_TOPIC_ID = errorNumberOf('UNKNOWN_TOPIC_ID')
export const UNKNOWN_TOPIC_OR_PARTITION = errorNumberOf('UNKNOWN_TOPIC_OR_PARTITION')
export const UNRELEASED_INSTANCE_ID = errorNumberOf('UNRELEASED_INSTANCE_ID')
export const UNSTABLE_OFFSET_COMMIT = errorNumberOf('UNSTABLE_OFFSET_COMMIT')
export const UNSUPPORTED_SASL_MECHANISM = errorNumberOf('UNSUPPORTED_SASL_MECHANISM')
export const UNSUPPORTED_VERSION = errorNumberOf('UNSUPPORTED_VERSION')

// Those that Ringlog has no names for: nobody but the code that asks meets them.
export const FETCH_SESSION_ID_NOT_FOUND = 70
export const INVALID_FETCH_SESSION_EPOCH = 71
export const FETCH_SESSION_TOPIC_ID_ERROR = 106
export const INCONSISTENT_TOPIC_ID = 103
export const REPLICA_NOT_AVAILABLE = 9
