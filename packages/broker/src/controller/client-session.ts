import {
  Doorbell,
  type ActorThread,
  type BrokerFault,
  type BrokerMetrics,
  type CommitDescription,
  type GroupDescription,
  type GroupSubscription,
  type PartitionOffsets,
  type ProducerIdentity,
  type ResetTarget,
  type SharedMemoryCollector,
  type PartitionStart,
  type TopicConfig,
  type TopicDescription,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ProducerConnection } from '@ringlog/partition-worker'
import type { MessagePort } from 'node:worker_threads'
import type {
  ClientTelling,
  TopicMemory,
  ConnectedPartition,
  ControllerGreeting,
  ControllerService,
} from '../wire/controller-service.ts'
import { CONTROLLER_CALLS } from '../wire/controller-calls.ts'
import type {
  ConsumerDescription,
  LogPlace,
  OpenPartitionMemory,
} from '../wire/consumer-description.ts'
import type { JoinGroupMessage, MemberAnswer } from '../wire/group-service.ts'
import { ClientDrain } from './client-drain.ts'
import { ClientQuestions } from './client-questions.ts'
import { injectFault } from './fault-injection.ts'
import type { GroupRegistry } from './group/group-registry.ts'
import type { Registrar } from './registrar.ts'
import { deleteRecords } from './topic/delete-records.ts'
import { assertOnline } from './topic/partition.ts'
import type { TopicRegistry } from './topic/topic-registry.ts'

/**
 * One client of the broker, served on its port until that closes: by the client, or because its
 * thread has ended. Then what the client had is given back.
 *
 * Thread: the controller's.
 */
export class ClientSession implements ControllerService {
  /** How its producers and consumers are. */
  readonly questions: ClientQuestions
  /** What its producers have buffered when the broker closes. */
  readonly draining = new ClientDrain()
  readonly #controller: SessionSurroundings
  readonly #port: MessagePort
  /** Open for as long as this thread runs: see `Lifeline`. */
  #lifeline: MessagePort | null = null
  #isClosed = false
  /** All producers of a client wait for the answers in their lanes at one. */
  #producerDoorbell: Doorbell | null = null

  constructor(controller: SessionSurroundings, port: MessagePort) {
    this.#controller = controller
    this.#port = port
    this.questions = new ClientQuestions(controller.thread.clock)
    port.on('close', () => this.#onClosed())
    controller.thread.serve(port, this, CONTROLLER_CALLS)
  }

  hello(lifeline: MessagePort): ControllerGreeting {
    this.#lifeline = lifeline
    return this.#controller.greeting
  }

  async started(): Promise<void> {
    await this.#controller.started
  }

  async createTopic(topic: string, config: TopicConfig | undefined): Promise<TopicDescription> {
    this.#controller.assertOpen()
    return this.#controller.topics.create(topic, config)
  }

  async deleteTopic(topic: string): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.topics.delete(topic)
  }

  async createPartitions(topic: string, count: number): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.topics.createPartitions(topic, count)
  }

  async deleteRecords(at: TopicPartition, beforeOffset: number): Promise<void> {
    this.#controller.assertOpen()
    const partition = this.#controller.topics.partition(at)
    assertOnline(partition)
    await deleteRecords(partition, beforeOffset)
  }

  async restartPartition(at: TopicPartition, truncateCorrupt: boolean): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.topics.restart(at, truncateCorrupt)
  }

  async backUp(target: string): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.backUp(target)
  }

  listTopics(): string[] {
    this.#controller.assertOpen()
    return this.#controller.topics.list()
  }

  describeTopic(topic: string): TopicDescription {
    this.#controller.assertOpen()
    return this.#controller.topics.topic(topic).description()
  }

  offsets(topic: string, groupId: string | undefined): PartitionOffsets[] {
    this.#controller.assertOpen()
    return this.#controller.groups.offsets(topic, groupId)
  }

  async metrics(): Promise<BrokerMetrics> {
    return this.#controller.metrics()
  }

  tellMetrics(telling: ClientTelling | null): Promise<void> {
    return this.questions.tell(telling)
  }

  async topicMetadata(
    topic: string,
    deadlineMs: number,
    morePartitionsThan: number,
  ): Promise<TopicMemory> {
    this.draining.expectProducers()
    return this.#controller.topics.metadata(topic, deadlineMs, this, morePartitionsThan)
  }

  producerIdentity(): Promise<ProducerIdentity> {
    this.draining.expectProducers()
    return this.#controller.nextProducerIdentity()
  }

  async connectProducer(
    at: TopicPartition,
    producer: ProducerConnection,
    port: MessagePort,
  ): Promise<ConnectedPartition> {
    try {
      this.#controller.assertTakesRecords()
      const topic = this.#controller.topics.topic(at.topic)
      const partition = topic.partition(at.partition)
      assertOnline(partition)
      if (producer.lane !== null) {
        this.#producerDoorbell ??= new Doorbell(producer.lane.producerDoorbell)
      }
      await partition.worker.connectProducer(producer, port, this)
      if (this.#isClosed) void partition.worker.closeLanesOf(this)
      const { partitionCountWord } = topic.metadata()
      return { partitionCountWord, workerDoorbell: partition.workerDoorbell.memory }
    } catch (error) {
      port.close()
      throw error
    } finally {
      this.#controller.collector?.request(producer.lane?.memory.byteLength ?? 0)
    }
  }

  async reconnectLane(
    at: TopicPartition,
    laneId: string,
    clientId: string,
    port: MessagePort,
  ): Promise<boolean> {
    try {
      this.#controller.assertTakesRecords()
      const partition = this.#controller.topics.partition(at)
      assertOnline(partition)
      const isReconnected = await partition.worker.reconnectLane(laneId, clientId, port)
      if (!isReconnected) port.close()
      return isReconnected
    } catch (error) {
      port.close()
      throw error
    }
  }

  async openPartitions(
    consumer: ConsumerDescription,
    partitions: readonly PartitionStart[],
  ): Promise<OpenPartitionMemory[]> {
    this.#controller.assertOpen()
    const { groupId } = consumer
    const { registrar, groups } = this.#controller
    const owned = { ...consumer, session: this }
    return groupId === null
      ? registrar.open(owned, partitions)
      : groups.open(groupId).assign(owned, partitions)
  }

  logPlaces(partitions: readonly TopicPartition[]): LogPlace[] {
    this.#controller.assertOpen()
    return partitions.map((p) => {
      const { memory, directory } = this.#controller.topics.partition(p)
      return { memory, directory }
    })
  }

  async closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    const { registrar, groups } = this.#controller
    const groupId = registrar.groupOf(consumerId)
    if (groupId === null) await registrar.close(consumerId, partitions)
    else await groups.find(groupId)?.release(consumerId, partitions)
  }

  async joinGroup(request: JoinGroupMessage): Promise<MemberAnswer> {
    this.#controller.assertOpen()
    return this.#controller.groups.join(request, () => this.#isClosed, this)
  }

  reconcileGroup(
    groupId: string,
    memberId: string,
    released: readonly TopicPartition[],
  ): Promise<MemberAnswer> {
    return this.#controller.groups.membersOf(groupId).reconcile(memberId, released)
  }

  async changeSubscription(
    groupId: string,
    memberId: string,
    subscription: GroupSubscription,
  ): Promise<MemberAnswer> {
    const members = this.#controller.groups.membersOf(groupId)
    return members.changeSubscription(memberId, subscription)
  }

  async leaveGroup(groupId: string, memberId: string): Promise<void> {
    await this.#controller.groups.find(groupId)?.driver.leave(memberId)
  }

  committedOffset(groupId: string, partition: TopicPartition): number | null {
    this.#controller.assertOpen()
    return this.#controller.groups.committed(groupId, partition)
  }

  describeCommits(
    groupId: string,
    consumerId: string,
    commits: readonly CommitDescription[],
  ): void {
    this.#controller.groups.find(groupId)?.describeCommits(consumerId, commits)
  }

  async storeCommits(groupId: string): Promise<void> {
    await this.#controller.groups.store(groupId)
  }

  listGroups(): string[] {
    this.#controller.assertOpen()
    return this.#controller.groups.list()
  }

  describeGroup(groupId: string): GroupDescription {
    this.#controller.assertOpen()
    return this.#controller.groups.describe(groupId)
  }

  async deleteGroup(groupId: string): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.groups.delete(groupId)
  }

  async resetGroupOffsets(groupId: string, to: ResetTarget): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.groups.resetOffsets(groupId, to)
  }

  async injectFault(fault: BrokerFault): Promise<void> {
    this.#controller.assertOpen()
    await injectFault(this.#controller, fault)
  }

  untilClosing(): Promise<{ deadlineMs: number }> {
    return this.draining.untilClosing()
  }

  drained(): void {
    this.draining.drained()
  }

  async closeBroker(deadlineMs: number): Promise<void> {
    await this.#controller.close(deadlineMs)
  }

  /** Wakes the client's producers, whatever state a thread that rang them was left in (INV-11). */
  ringProducers(): void {
    this.#producerDoorbell?.ringUnconditionally()
  }

  close(): void {
    this.#port.close()
  }

  #onClosed(): void {
    this.#isClosed = true
    this.#lifeline?.close()
    this.questions.close()
    this.draining.drained()
    this.#controller.forget(this)
    const { topics, registrar, groups } = this.#controller
    topics.sessionEnded(this)
    for (const { partitions } of topics.all) {
      for (const { worker } of partitions) void worker.closeLanesOf(this)
    }
    groups.sessionEnded(this)
    for (const { consumerId, groupId } of registrar.consumersOf(this)) {
      if (groupId === null) void registrar.forget(consumerId)
      else void groups.find(groupId)?.forget(consumerId)
    }
    this.#ringWorkers()
  }

  /**
   * INV-11: perhaps the client's thread has ended while it rang a partition worker, and one of whose readers and
   * producers it was none any more: its group had put it out, say, while it committed.
   */
  #ringWorkers(): void {
    for (const { partitions } of this.#controller.topics.all) {
      for (const { workerDoorbell } of partitions) workerDoorbell.ringUnconditionally()
    }
  }
}

/** What a session needs of the controller that it belongs to. */
export interface SessionSurroundings {
  readonly thread: ActorThread
  readonly greeting: ControllerGreeting
  /** See `Controller.started`. */
  readonly started: Promise<void>
  readonly topics: TopicRegistry
  readonly registrar: Registrar
  readonly groups: GroupRegistry
  readonly collector: SharedMemoryCollector | null
  /** @throws RinglogError BROKER_CLOSED once the broker begins to close. */
  assertOpen(): void
  /** @throws RinglogError BROKER_CLOSED once producers cannot send any more. */
  assertTakesRecords(): void
  nextProducerIdentity(): Promise<ProducerIdentity>
  metrics(): Promise<BrokerMetrics>
  /** See `backup`. */
  backUp(target: string): Promise<void>
  /** Closes the broker. */
  close(deadlineMs: number): Promise<void>
  /** The session has ended. */
  forget(session: ClientSession): void
}
