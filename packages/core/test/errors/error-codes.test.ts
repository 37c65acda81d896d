import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/errors/error-codes.ts'

/** Written down a second time, from Kafka's `Errors.java`: numbers that must never change. */
const KAFKA_CODES: Record<string, [errorCode: number, retriable: boolean]> = {
  UNKNOWN_SERVER_ERROR: [-1, false],
  OFFSET_OUT_OF_RANGE: [1, false],
  CORRUPT_MESSAGE: [2, true],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true],
  REQUEST_TIMED_OUT: [7, true],
  MESSAGE_TOO_LARGE: [10, false],
  INVALID_TOPIC_EXCEPTION: [17, false],
  ILLEGAL_GENERATION: [22, false],
  INVALID_GROUP_ID: [24, false],
  UNKNOWN_MEMBER_ID: [25, false],
  REBALANCE_IN_PROGRESS: [27, false],
  INVALID_TIMESTAMP: [32, false],
  TOPIC_ALREADY_EXISTS: [36, false],
  INVALID_PARTITIONS: [37, false],
  INVALID_CONFIG: [40, false],
  INVALID_REQUEST: [42, false],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false],
  INVALID_PRODUCER_EPOCH: [47, false],
  NON_EMPTY_GROUP: [68, false],
  GROUP_ID_NOT_FOUND: [69, false],
  UNSUPPORTED_COMPRESSION_TYPE: [76, false],
  GROUP_MAX_SIZE_REACHED: [81, false],
  INVALID_RECORD: [87, false],
  KAFKA_STORAGE_ERROR: [56, true],
  FENCED_MEMBER_EPOCH: [110, false],
  STALE_MEMBER_EPOCH: [113, false],
  LEADER_NOT_AVAILABLE: [5, true],
  NOT_LEADER_OR_FOLLOWER: [6, true],
  NETWORK_EXCEPTION: [13, true],
  COORDINATOR_LOAD_IN_PROGRESS: [14, true],
  COORDINATOR_NOT_AVAILABLE: [15, true],
  NOT_COORDINATOR: [16, true],
  NOT_ENOUGH_REPLICAS: [19, true],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, true],
  INCONSISTENT_GROUP_PROTOCOL: [23, false],
  INVALID_SESSION_TIMEOUT: [26, false],
  TOPIC_AUTHORIZATION_FAILED: [29, false],
  GROUP_AUTHORIZATION_FAILED: [30, false],
  CLUSTER_AUTHORIZATION_FAILED: [31, false],
  UNSUPPORTED_SASL_MECHANISM: [33, false],
  UNSUPPORTED_VERSION: [35, false],
  INVALID_REPLICATION_FACTOR: [38, false],
  NOT_CONTROLLER: [41, true],
  POLICY_VIOLATION: [44, false],
  SASL_AUTHENTICATION_FAILED: [58, false],
  UNKNOWN_PRODUCER_ID: [59, false],
  FENCED_LEADER_EPOCH: [74, true],
  UNKNOWN_LEADER_EPOCH: [75, true],
  OFFSET_NOT_AVAILABLE: [78, true],
  MEMBER_ID_REQUIRED: [79, false],
  FENCED_INSTANCE_ID: [82, false],
  UNSTABLE_OFFSET_COMMIT: [88, true],
  THROTTLING_QUOTA_EXCEEDED: [89, true],
  UNKNOWN_TOPIC_ID: [100, true],
  UNRELEASED_INSTANCE_ID: [111, false],
  UNSUPPORTED_ASSIGNOR: [112, false],
}

const OUR_CODES: Record<string, boolean> = {
  BUFFER_FULL: true,
  PRODUCER_CLOSED: false,
  CONSUMER_CLOSED: false,
  BROKER_CLOSED: false,
  BROKER_NOT_AVAILABLE: true,
  PARTITION_OFFLINE: false,
  WORKER_CRASHED: true,
  LAYOUT_MISMATCH: false,
  NO_OFFSET_FOR_PARTITION: false,
  CONCURRENT_POLL: false,
  INVALID_STATE: false,
  SERIALIZATION_FAILED: false,
  HANDLER_FAILED: false,
  LOG_TRUNCATED: false,
  WAKEUP: false,
}

describe('the error codes', () => {
  test('have, where they are Kafka’s, its number', () => {
    const kafkas = Object.entries(ERROR_CODES).filter(([, [errorCode]]) => errorCode !== null)
    const numbers = kafkas.map(([code, [errorCode, retriable]]) => [code, [errorCode, retriable]])
    expect(Object.fromEntries(numbers)).toEqual(KAFKA_CODES)
  })

  test('have, where they are ours alone, no number', () => {
    const ours = Object.entries(ERROR_CODES).filter(([, [errorCode]]) => errorCode === null)
    expect(Object.fromEntries(ours.map(([code, [, retriable]]) => [code, retriable]))).toEqual(
      OUR_CODES,
    )
  })

  test('have a text each, and no two the same', () => {
    const texts = Object.values(ERROR_CODES).map(([, , text]) => text)
    for (const text of texts) expect(text).toMatch(/^[a-z]/)
    expect(new Set(texts).size).toBe(texts.length)
  })
})
