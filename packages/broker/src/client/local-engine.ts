import {
  Lifeline,
  PartitionCountWord,
  RinglogError,
  RpcClient,
  listedOffset,
  systemClock,
  type Blocking,
  type Clock,
  withTransfer,
  type BrokerAddress,
  type ClientReport,
  type CommitDescription,
  type EngineCallOptions,
  type EngineUser,
  type GroupChange,
  type GroupMembership,
  type JoinGroupRequest,
  type ListedOffset,
  type LogEngine,
  type OpenPartition,
  type OpenPartitionsRequest,
  type PartitionAppender,
  type ProducerDescription,
  type ProducerIdentity,
  type TopicLookupOptions,
  type TopicMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import { threadId, type MessagePort } from 'node:worker_threads'
import { LocalMembership } from './local-membership.ts'
import { LocalPartition } from './local-partition.ts'
import { BrokerState } from '../wire/broker-state.ts'
import type { ClientTelling, ControllerService } from '../wire/controller-service.ts'
import { ReaderCache } from './reader-cache.ts'
import { AppenderOpener } from './transport/appender-opener.ts'
import { isRetriable } from './transport/retriable-error.ts'

/** How long past a deadline of its own the controller may take to answer. */
const CONTROLLER_GRACE_MS = 5_000

/**
 * The engine behind a client: a port to the controller, and what is opened through it.
 *
 * Thread: the client's.
 */
export class LocalEngine implements LogEngine {
  readonly clock: Clock
  readonly controller: RpcClient<ControllerService>
  readonly blocking: Blocking
  readonly #users = new Set<EngineUser>()
  readonly #readers = new ReaderCache((partitions, options) =>
    this.controller.call('logPlaces', [partitions], options),
  )
  readonly #appenders: AppenderOpener
  /** `null`: the controller has not said hello. */
  #brokerState: BrokerState | null = null
  /** Its other end lies with the controller. */
  #lifeline: Lifeline | null = null
  #poolWorkerUrl: string | null = null
  #isClosed = false

  constructor(
    port: MessagePort,
    { clock = systemClock, blocking = 'waits' }: LocalEngineOptions = {},
  ) {
    this.clock = clock
    this.blocking = blocking
    this.controller = new RpcClient<ControllerService>(port, {
      name: 'the controller of the broker',
      lostError: () => this.#goneError(),
      clock,
    })
    this.#appenders = new AppenderOpener(this.controller, clock, () => this.closedError())
    port.on('close', () => this.#onBrokerGone())
  }

  /** Asks the controller for its address, and follows the broker's state from then on. */
  async greet(deadlineMs: number): Promise<BrokerAddress> {
    const { lifeline, otherEnd } = Lifeline.create()
    this.#lifeline = lifeline
    const args = [withTransfer(otherEnd, [otherEnd])] as const
    const greeting = await this.controller.call('hello', [...args], { deadlineMs })
    this.#brokerState = new BrokerState(greeting.brokerState)
    this.#poolWorkerUrl = greeting.poolWorkerUrl
    this.#followClosing()
    void this.#answerQuestions()
    return greeting.address
  }

  #followClosing(): void {
    this.controller.call('untilClosing', [], { deadlineMs: Infinity, isBackground: true }).then(
      ({ deadlineMs }) => this.#drain(deadlineMs),
      () => undefined, // the port is closed: `#onBrokerGone` was called
    )
  }

  /** Tells how its producers and consumers are, whenever somebody asks the controller for metrics. */
  async #answerQuestions(): Promise<void> {
    let telling: ClientTelling | null = null
    while (await this.#isAsked(telling)) telling = { threadId, reports: this.#reports() }
  }

  /** Tells; resolves when it is asked again, or with `false` when the port is closed. */
  #isAsked(telling: ClientTelling | null): Promise<boolean> {
    const options = { deadlineMs: Infinity, isBackground: true }
    return this.controller.call('tellMetrics', [telling], options).then(
      () => true,
      () => false,
    )
  }

  #reports(): ClientReport[] {
    return [...this.#users].flatMap((user) => user.report?.() ?? [])
  }

  get poolWorkerUrl(): string | null {
    return this.#poolWorkerUrl
  }

  closedError(): RinglogError | null {
    const closed = this.#brokerState?.closedError() ?? null
    return closed === null && this.#isClosed ? new RinglogError('BROKER_CLOSED') : closed
  }

  noticeEnd(): void {
    if (this.#lifeline?.isCut === true) this.#brokerState?.setEnded() // INV-54
  }

  attach(user: EngineUser): () => void {
    this.#users.add(user)
    return () => this.#users.delete(user)
  }

  keepAlive(): () => void {
    return this.controller.hold()
  }

  /**
   * Closes what was made on this client, then the client, whatever became of that; then throws the
   * first error of it, once.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    const closed = await Promise.allSettled([...this.#users].map((user) => user.close()))
    this.#isClosed = true
    this.#lifeline?.close()
    this.controller.close()
    const failed = closed.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** Ends the client as the end of its thread would: ports close, and nothing else is said or sent. */
  kill(): void {
    if (this.#isClosed) return
    this.#fail(new RinglogError('BROKER_CLOSED'))
    this.controller.close()
  }

  async topicMetadata(topic: string, options: TopicLookupOptions): Promise<TopicMetadata> {
    const { deadlineMs = Infinity, signal, morePartitionsThan = 0 } = options
    // The controller keeps the deadline itself; the later one here is for a controller that does not answer.
    const call = { deadlineMs: deadlineMs + CONTROLLER_GRACE_MS, signal }
    const args = [topic, deadlineMs, morePartitionsThan] as const
    const metadata = await this.controller.call('topicMetadata', [...args], call)
    const partitions = new PartitionCountWord(metadata.partitionCountWord)
    this.#appenders.onTopic(topic, partitions)
    return { topic, partitions, maxMessageBytes: metadata.maxMessageBytes }
  }

  topicNames(): Promise<string[]> {
    return this.controller.call('listTopics', [], { isBackground: true })
  }

  producerIdentity(options?: EngineCallOptions): Promise<ProducerIdentity> {
    return this.controller.call('producerIdentity', [], options)
  }

  async openAppender(
    partition: TopicPartition,
    producer: ProducerDescription,
    options?: EngineCallOptions,
  ): Promise<PartitionAppender> {
    const at = { topic: partition.topic, partition: partition.partition }
    return this.#appenders.open(at, producer, options)
  }

  isRetriable(error: RinglogError): boolean {
    return isRetriable(error)
  }

  async openPartitions(
    request: OpenPartitionsRequest,
    options?: EngineCallOptions,
  ): Promise<OpenPartition[]> {
    const { consumerId, clientId, groupId, doorbell, isGating, partitions } = request
    const consumer = { consumerId, clientId, groupId, doorbell: doorbell.memory, isGating }
    const opened = await this.controller.call(
      'openPartitions',
      [consumer, [...partitions]],
      options,
    )
    return opened.map((partition) => new LocalPartition(partition))
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: ListedOffset,
    options: EngineCallOptions = {},
  ): Promise<Array<number | null>> {
    const readers = await this.#readers.open(partitions, options)
    return Promise.all(readers.map((reader) => listedOffset(reader, at)))
  }

  async closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    if (this.closedError() !== null || partitions.length === 0) return
    const list = partitions.map(({ topic, partition }) => ({ topic, partition }))
    try {
      await this.controller.call('closePartitions', [consumerId, list])
    } catch (error) {
      // With the broker, or this client, nothing of the consumer is left.
      if (!RinglogError.is(error, 'BROKER_CLOSED')) throw error
    }
  }

  joinGroup(
    request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }> {
    const { memberId, clientId, groupId, doorbell, signal: _, ...rest } = request
    const consumer = {
      consumerId: memberId,
      clientId,
      groupId,
      doorbell: doorbell.memory,
      isGating: false,
    }
    return LocalMembership.join(this.controller, this.clock.nowMs(), { ...rest, groupId, consumer })
  }

  committedOffset(
    groupId: string,
    { topic, partition }: TopicPartition,
    options?: EngineCallOptions,
  ): Promise<number | null> {
    return this.controller.call('committedOffset', [groupId, { topic, partition }], options)
  }

  async describeCommits(
    groupId: string,
    consumerId: string,
    commits: readonly CommitDescription[],
    options?: EngineCallOptions,
  ): Promise<void> {
    await this.controller.call('describeCommits', [groupId, consumerId, commits], options)
  }

  async storeCommits(groupId: string, options?: EngineCallOptions): Promise<void> {
    await this.controller.call('storeCommits', [groupId], options)
  }

  async #drain(deadlineMs: number): Promise<void> {
    await Promise.allSettled([...this.#users].map((user) => user.drain(deadlineMs)))
    await this.controller.call('drained', []).catch(() => undefined)
  }

  /** The port to the controller is closed: by this client, or because the controller's thread has ended. */
  #goneError(): RinglogError {
    if (!this.#isClosed) this.#brokerState?.setEnded()
    return this.closedError() ?? new RinglogError('BROKER_CLOSED')
  }

  #onBrokerGone(): void {
    if (!this.#isClosed) this.#fail(this.#goneError())
  }

  #fail(error: RinglogError): void {
    this.#isClosed = true
    this.#lifeline?.close()
    for (const user of this.#users) user.fail(error)
  }
}

/** What differs where the log lives in the client's own thread. */
export interface LocalEngineOptions {
  readonly clock?: Clock
  readonly blocking?: Blocking
}
