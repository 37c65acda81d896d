import {
  DOORBELL_BYTES,
  FAULT_SWITCH_BYTES,
  MEMBER_BYTES,
  PARTITION_WORKER_STEPS,
  shapes,
} from '@ringlog/core/internal'
import type { ControllerService } from './controller-service.ts'

const {
  anything,
  either,
  errorCode,
  fields,
  flag,
  listOf,
  messagePort,
  nullable,
  number,
  oneOf,
  regExp,
  sharedMemory,
  text,
  variants,
  wholeNumber,
} = shapes

const AT: Readonly<Record<string, shapes.Shape>> = { topic: text, partition: wholeNumber }
const PARTITION = fields(AT)
const PARTITION_START = fields({ ...AT, start: either(oneOf('earliest', 'latest'), wholeNumber) })
const CONSUMER = fields({
  consumerId: text,
  clientId: text,
  doorbell: sharedMemory(DOORBELL_BYTES),
  isGating: flag,
  groupId: nullable(text),
})
const LANE = fields({
  laneId: text,
  memory: sharedMemory(0), // the partition's worker looks whether it is a lane
  producerDoorbell: sharedMemory(DOORBELL_BYTES),
})
const SUBSCRIPTION: shapes.Shape = (value) =>
  fields({ pattern: regExp })(value) === null ? null : fields({ topics: listOf(text) })(value)
const FAULT = variants({
  kill: fields({ step: nullable(oneOf(...PARTITION_WORKER_STEPS)) }),
  pause: fields({ ms: number }),
  delayAcks: fields({ ms: number }),
  dropAcks: fields({ count: wholeNumber }),
  failAppends: fields({ code: errorCode, times: wholeNumber }),
  corruptNextBatch: anything,
})
const SWITCHED_FAULT = fields({ fault: FAULT, memory: sharedMemory(FAULT_SWITCH_BYTES) })

/**
 * What the controller takes of its clients, argument by argument: a thread of the process may call it with
 * anything. What is not so is refused with INVALID_REQUEST before the method is called; what is `anything`
 * here, the method checks itself, with an error of its own, because it is a user's as it was given.
 */
export const CONTROLLER_CALLS: shapes.CallShapes<ControllerService> = {
  hello: { lifeline: messagePort },
  started: {},
  createTopic: { topic: anything, config: anything },
  deleteTopic: { topic: anything },
  createPartitions: { topic: anything, count: anything },
  deleteRecords: { partition: PARTITION, beforeOffset: anything },
  restartPartition: { partition: PARTITION, truncateCorrupt: flag },
  backUp: { target: text },
  listTopics: {},
  describeTopic: { topic: anything },
  offsets: { topic: anything, groupId: anything },
  metrics: {},
  tellMetrics: {
    telling: nullable(fields({ threadId: wholeNumber, reports: listOf(fields({})) })),
  },
  topicMetadata: { topic: anything, deadlineMs: number, morePartitionsThan: wholeNumber },
  producerIdentity: {},
  connectProducer: {
    partition: PARTITION,
    producer: fields({ clientId: text, lane: nullable(LANE) }),
    port: messagePort,
  },
  reconnectLane: { partition: PARTITION, laneId: text, clientId: text, port: messagePort },
  openPartitions: { consumer: CONSUMER, partitions: listOf(PARTITION_START) },
  logPlaces: { partitions: listOf(PARTITION) },
  closePartitions: { consumerId: text, partitions: listOf(PARTITION) },
  untilClosing: {},
  drained: {},
  injectFault: {
    fault: variants({
      partition: fields({ at: PARTITION, switched: SWITCHED_FAULT }),
      rebalance: fields({ groupId: anything }),
    }),
  },
  closeBroker: { deadlineMs: number },
  joinGroup: {
    request: fields({
      groupId: anything,
      consumer: CONSUMER,
      memory: sharedMemory(MEMBER_BYTES),
      instanceId: nullable(text),
      subscription: SUBSCRIPTION,
      assignor: text,
      sessionTimeoutMs: number,
      maxPollIntervalMs: number,
      start: oneOf('earliest', 'latest'),
    }),
  },
  reconcileGroup: { groupId: text, memberId: text, released: listOf(PARTITION) },
  changeSubscription: { groupId: text, memberId: text, subscription: SUBSCRIPTION },
  leaveGroup: { groupId: text, memberId: text },
  committedOffset: { groupId: anything, partition: PARTITION },
  describeCommits: {
    groupId: text,
    consumerId: text,
    commits: listOf(fields({ ...AT, offset: wholeNumber, metadata: text })),
  },
  storeCommits: { groupId: text },
  listGroups: {},
  describeGroup: { groupId: anything },
  deleteGroup: { groupId: anything },
  resetGroupOffsets: { groupId: anything, to: anything },
}
