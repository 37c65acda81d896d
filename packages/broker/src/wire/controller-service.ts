import type {
  BrokerAddress,
  BrokerFault,
  BrokerMetrics,
  ClientReport,
  PartitionOffsets,
  ProducerIdentity,
  PartitionStart,
  TopicConfig,
  TopicDescription,
  TopicPartition,
} from '@ringlog/core/internal'
import type { ProducerConnection } from '@ringlog/partition-worker'
import type { MessagePort } from 'node:worker_threads'
import type { ConsumerDescription, LogPlace, OpenPartitionMemory } from './consumer-description.ts'
import type { GroupService } from './group-service.ts'

/** What the controller offers to each client, on a port of their own. */
export interface ControllerService extends GroupService {
  /** @param lifeline The other end of the client's `Lifeline`: kept open for as long as the port. */
  hello(lifeline: MessagePort): ControllerGreeting
  /** Answers once what a former broker has left on disk is there again: see `Controller.started`. */
  started(): Promise<void>
  createTopic(topic: string, config: TopicConfig | undefined): Promise<TopicDescription>
  deleteTopic(topic: string): Promise<void>
  createPartitions(topic: string, count: number): Promise<void>
  deleteRecords(partition: TopicPartition, beforeOffset: number): Promise<void>
  /** See `Broker.restartPartition`. */
  restartPartition(partition: TopicPartition, truncateCorrupt: boolean): Promise<void>
  /** See `backup`. @param target An absolute path. */
  backUp(target: string): Promise<void>
  listTopics(): string[]
  describeTopic(topic: string): TopicDescription
  offsets(topic: string, groupId: string | undefined): PartitionOffsets[]
  metrics(): Promise<BrokerMetrics>
  /**
   * Answers when somebody asks how the client's producers and consumers are; the next call tells it.
   *
   * @param telling What was asked for; `null`: nothing was asked yet.
   */
  tellMetrics(telling: ClientTelling | null): Promise<void>
  /**
   * Answers once the topic has more partitions than so many; UNKNOWN_TOPIC_OR_PARTITION when it has not
   * by the deadline.
   */
  topicMetadata(topic: string, deadlineMs: number, morePartitionsThan: number): Promise<TopicMemory>
  producerIdentity(): Promise<ProducerIdentity>
  /** Passes the port, and a lane, on to the partition's worker. */
  connectProducer(
    partition: TopicPartition,
    producer: ProducerConnection,
    port: MessagePort,
  ): Promise<ConnectedPartition>
  /** See `SupervisedWorker.reconnectLane`. */
  reconnectLane(
    partition: TopicPartition,
    laneId: string,
    clientId: string,
    port: MessagePort,
  ): Promise<boolean>
  openPartitions(
    consumer: ConsumerDescription,
    partitions: readonly PartitionStart[],
  ): Promise<OpenPartitionMemory[]>
  /** For a look at where partitions begin and end: it registers no consumer, and rings none. */
  logPlaces(partitions: readonly TopicPartition[]): LogPlace[]
  closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void>
  /** Answers when the broker begins to close: until `deadlineMs`, buffered records can be sent. */
  untilClosing(): Promise<{ deadlineMs: number }>
  /** This client has sent what was buffered. */
  drained(): void
  /** For tests: see `FaultInjector`. */
  injectFault(fault: BrokerFault): Promise<void>
  /** Closes the broker; answers when every partition worker has ended. */
  closeBroker(deadlineMs: number): Promise<void>
}

/** What the producers and consumers of one client tell of themselves. */
export interface ClientTelling {
  readonly threadId: number
  readonly reports: readonly ClientReport[]
}

export interface ControllerGreeting {
  readonly address: BrokerAddress
  /** See `BrokerState`. */
  readonly brokerState: SharedArrayBuffer
  /** See `ControllerStart`. */
  readonly poolWorkerUrl: string | null
}

/** `TopicMetadata`, as it crosses threads. */
export interface TopicMemory {
  readonly topic: string
  readonly partitionCount: number
  /** The same, kept up to date: see `PartitionCountWord`. */
  readonly partitionCountWord: SharedArrayBuffer
  readonly maxMessageBytes: number
}

/** What a producer needs of a partition that it is connected to. */
export interface ConnectedPartition {
  /** The topic's: see `PartitionCountWord`. */
  readonly partitionCountWord: SharedArrayBuffer
  /** To be rung when something was put into the lane. */
  readonly workerDoorbell: SharedArrayBuffer
}
