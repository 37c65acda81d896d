/**
 * The one table of error codes: name, Kafka's number (`null` for codes that are ours alone), whether
 * trying again can help, and the text used where no better one is given.
 *
 * Names and numbers of the first part are Kafka's and never change.
 * Source: Apache Kafka, `common/protocol/Errors.java`.
 */
export const ERROR_CODES = {
  UNKNOWN_SERVER_ERROR: [-1, false, 'an unexpected error'],
  OFFSET_OUT_OF_RANGE: [1, false, 'the offset is not within the log'],
  CORRUPT_MESSAGE: [2, true, 'the record batch is malformed'],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, 'there is no such topic or partition'],
  REQUEST_TIMED_OUT: [7, true, 'the request did not finish in time'],
  MESSAGE_TOO_LARGE: [10, false, 'the record is larger than the topic accepts'],
  INVALID_TOPIC_EXCEPTION: [17, false, 'the topic name is not valid'],
  ILLEGAL_GENERATION: [22, false, 'the generation is not the current one'],
  INVALID_GROUP_ID: [24, false, 'the group id is not valid'],
  UNKNOWN_MEMBER_ID: [25, false, 'the group does not know this member'],
  REBALANCE_IN_PROGRESS: [27, false, 'the group is rebalancing'],
  INVALID_TIMESTAMP: [32, false, 'the timestamp of the record is not one that the topic takes'],
  TOPIC_ALREADY_EXISTS: [36, false, 'a topic of that name exists'],
  INVALID_PARTITIONS: [37, false, 'the number of partitions is not valid'],
  INVALID_CONFIG: [40, false, 'the configuration is not valid'],
  INVALID_REQUEST: [42, false, 'the request is not valid'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, 'the producer sequence has a gap'],
  INVALID_PRODUCER_EPOCH: [47, false, 'the producer epoch is an old one'],
  NON_EMPTY_GROUP: [68, false, 'the group is in use'],
  GROUP_ID_NOT_FOUND: [69, false, 'there is no such group'],
  UNSUPPORTED_COMPRESSION_TYPE: [76, false, 'the compression type is not supported'],
  GROUP_MAX_SIZE_REACHED: [81, false, 'the group has all the members it can have'],
  INVALID_RECORD: [87, false, 'the record is not one that a client may write'],
  FENCED_MEMBER_EPOCH: [110, false, 'the member epoch is fenced'],
  STALE_MEMBER_EPOCH: [113, false, 'the member epoch is an old one'],

  BUFFER_FULL: [null, true, 'there is no room for the record'],
  PRODUCER_CLOSED: [null, false, 'the producer is closed'],
  CONSUMER_CLOSED: [null, false, 'the consumer is closed'],
  BROKER_CLOSED: [null, false, 'the broker is closed'],
  BROKER_NOT_AVAILABLE: [null, true, 'no broker can be reached'],
  PARTITION_OFFLINE: [null, false, 'the partition has no running worker'],
  WORKER_CRASHED: [null, true, 'a worker thread ended unexpectedly'],
  LAYOUT_MISMATCH: [null, false, 'the shared memory has another layout'],
  NO_OFFSET_FOR_PARTITION: [null, false, 'there is no offset to start from'],
  CONCURRENT_POLL: [null, false, 'another poll of this consumer is under way'],
  INVALID_STATE: [null, false, 'the call is not possible in this state'],
  SERIALIZATION_FAILED: [null, false, 'a serde failed on a key or a value'],
  HANDLER_FAILED: [null, false, 'a handler failed'],
  WAKEUP: [null, false, 'the poll was woken up'],
} as const satisfies Record<string, readonly [number | null, boolean, string]>

/**
 * The name of an error: Kafka's protocol name where Kafka has one, a name of ours otherwise.
 *
 * @useDeclaredType
 */
export type RinglogErrorCode = keyof typeof ERROR_CODES
