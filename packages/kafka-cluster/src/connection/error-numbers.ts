import { errorNumberOf } from '@ringlog/core/internal/cluster'

// Numbers in Kafka's answers, by the names of the table of errors.
export const FENCED_INSTANCE_ID = errorNumberOf('FENCED_INSTANCE_ID')
export const FENCED_MEMBER_EPOCH = errorNumberOf('FENCED_MEMBER_EPOCH')
export const GROUP_ID_NOT_FOUND = errorNumberOf('GROUP_ID_NOT_FOUND')
export const MEMBER_ID_REQUIRED = errorNumberOf('MEMBER_ID_REQUIRED')
export const OFFSET_OUT_OF_RANGE = errorNumberOf('OFFSET_OUT_OF_RANGE')
export const REBALANCE_IN_PROGRESS = errorNumberOf('REBALANCE_IN_PROGRESS')
export const UNKNOWN_MEMBER_ID = errorNumberOf('UNKNOWN_MEMBER_ID')
export const UNKNOWN_PRODUCER_ID = errorNumberOf('UNKNOWN_PRODUCER_ID')
export const UNKNOWN_TOPIC_OR_PARTITION = errorNumberOf('UNKNOWN_TOPIC_OR_PARTITION')
export const UNRELEASED_INSTANCE_ID = errorNumberOf('UNRELEASED_INSTANCE_ID')
export const UNSTABLE_OFFSET_COMMIT = errorNumberOf('UNSTABLE_OFFSET_COMMIT')
export const UNSUPPORTED_SASL_MECHANISM = errorNumberOf('UNSUPPORTED_SASL_MECHANISM')
export const UNSUPPORTED_VERSION = errorNumberOf('UNSUPPORTED_VERSION')

// Those that Ringlog has no names for: nobody but the code that asks meets them.
export const FETCH_SESSION_ID_NOT_FOUND = 70
export const INVALID_FETCH_SESSION_EPOCH = 71
export const FETCH_SESSION_TOPIC_ID_ERROR = 106
