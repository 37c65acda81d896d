import {
  RinglogError,
  SharedMemoryCollector,
  clearTimer,
  endsWithin,
  monotonicMs,
  partitionName,
  setTimer,
  setTurnEnd,
  type ActorThread,
  type BrokerMetrics,
  type ProducerIdentity,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { StartPartitionThread } from '@ringlog/partition-worker'
import type { TruncatedLog } from '@ringlog/storage'
import { MessagePort, threadId } from 'node:worker_threads'
import { BrokerEvents } from './broker-events.ts'
import { BrokerState } from '../wire/broker-state.ts'
import { ClientSession, type SessionSurroundings } from './client-session.ts'
import type { ControllerGreeting } from '../wire/controller-service.ts'
import {
  CONNECT_MESSAGE,
  type ConnectMessage,
  type ControllerStart,
} from '../wire/controller-start.ts'
import { MetricsCollector } from './metrics.ts'
import { GroupRegistry } from './group/group-registry.ts'
import { Registrar } from './registrar.ts'
import { Backups } from './storage/backups.ts'
import type { DataDirectory } from './storage/data-directory.ts'
import { GroupOffsetsStore } from './storage/group-offsets-store.ts'
import { ProducerIds } from './storage/producer-ids.ts'
import { RetentionHolds } from './storage/retention-holds.ts'
import { blockedOf } from './blocked-partitions.ts'
import { TopicRegistry } from './topic/topic-registry.ts'

/** After so long the broker's thread is sent what a close waits for. */
const SLOW_CLOSE_MS = 1_000
/**
 * How long after the deadline of a close partition workers may take to refuse the appends that wait for
 * room.
 */
const REFUSAL_GRACE_MS = 500

/** What the storage threads have to write and sync all that is published, even past the deadline of a close. */
const CLOSE_DIRECTORY_MS = 1_000

/** How long a close waits for a storage thread that was ended by force. */
const HUNG_DISK_MS = 1_000

/**
 * The broker's control thread: topics, groups, which consumer reads what, producer ids, closing. No
 * record passes through it.
 *
 * Thread: its own, so that no user's thread that blocks can hold it up; for an in-memory log the user's.
 */
export class Controller implements SessionSurroundings {
  readonly topics: TopicRegistry
  readonly registrar: Registrar
  readonly groups: GroupRegistry
  readonly greeting: ControllerGreeting
  readonly events: BrokerEvents
  /**
   * Collects shared memory that passed through this thread, or was kept here, and is not needed any more. `null`:
   * the thread is the user's, and makes garbage enough.
   */
  readonly collector: SharedMemoryCollector | null
  readonly thread: ActorThread
  readonly #brokerState: BrokerState
  readonly #sessions = new Set<ClientSession>()
  readonly #metrics: MetricsCollector
  readonly #closed = Promise.withResolvers<void>()
  /** `null`: nothing outlives the broker. */
  readonly #dataDirectory: DataDirectory | null
  readonly #offsets: GroupOffsetsStore | null
  readonly #retentionHolds: RetentionHolds | null
  readonly #backups: Backups | null
  readonly #producerIds: ProducerIds
  readonly #started: Promise<void>
  #closing: Promise<void> | null = null
  /** When what clients have not sent is given up, in time of the process: the earliest that `close` was told. */
  #drainedByMs = Infinity
  readonly #outOfTime = Promise.withResolvers<void>()

  constructor(start: ControllerStart, surroundings: ControllerSurroundings) {
    const { thread, startPartition, dataDirectory = null } = surroundings
    const { clock } = thread
    this.thread = thread
    this.#dataDirectory = dataDirectory
    this.collector = thread.isOwn ? new SharedMemoryCollector() : null
    this.#brokerState = new BrokerState(start.brokerState)
    this.events = new BrokerEvents(start.eventPort)
    this.greeting = {
      address: {
        brokerId: start.brokerId,
        name: start.name,
        processId: process.pid,
        controllerThreadId: threadId,
        ...(thread.isOwn ? {} : { isInMemory: true }),
      },
      brokerState: start.brokerState,
      poolWorkerUrl: start.poolWorkerUrl,
    }
    this.topics = new TopicRegistry(
      start.maxPartitions,
      {
        onCrash: (error) => this.events.error(error),
        onRestarted: (event) => this.events.publish('partition:restart', event),
        onEnded: () => this.#ringAll(),
        onEvent: ({ type, event }) => this.events.publish(type, event),
        registerGatingGroups: (groupIds, partitions) => this.groups.hold(groupIds, partitions),
        forgetOffsets: async () => this.#offsets?.storeAll(),
        onTruncated: (at, truncated) => this.#tellTruncated(at, truncated),
        onDamaged: (error) => this.events.error(error),
      },
      { startThread: startPartition, clock, limits: start.restartLimits, dataDirectory },
    )
    this.#metrics = new MetricsCollector(thread, dataDirectory)
    this.registrar = new Registrar(this.topics)
    this.topics.onChanged(({ type, partitions }) => {
      if (type !== 'deleted') return
      this.registrar.drop(partitions)
      const ringBytes = partitions.reduce((sum, { memory }) => sum + memory.byteLength, 0)
      const collect = (): void => this.collector?.request(ringBytes)
      void Promise.all(partitions.map(({ worker }) => worker.ended)).then(collect)
    })
    this.groups = new GroupRegistry({
      topics: this.topics,
      registrar: this.registrar,
      events: this.events,
      groupExpiryMs: start.groupExpiryMs,
      clock,
      stored: async (groupId) => this.#offsets?.store(groupId),
    })
    this.#producerIds = new ProducerIds(
      dataDirectory && ((nextProducerId) => dataDirectory.reserveProducerIds(nextProducerId)),
    )
    this.#offsets =
      dataDirectory &&
      new GroupOffsetsStore({
        clock,
        groupIds: () => this.groups.ids,
        storedGroup: (groupId) => this.groups.find(groupId)?.stored ?? null,
        append: (records, isSynced) => dataDirectory.writeGroups(records, isSynced),
        onError: (error) => this.events.error(error as Error),
      })
    this.#retentionHolds =
      dataDirectory &&
      new RetentionHolds({
        clock,
        partitions: () => this.topics.all.flatMap(({ partitions }) => partitions),
        lowestHeld: (at) => this.groups.lowestHeldOn(at),
      })
    this.#backups =
      dataDirectory &&
      new Backups({
        storeOffsets: async () => this.#offsets!.storeAll(),
        backUp: (target, signal) => dataDirectory.backUp(target, signal),
      })
    this.#started = dataDirectory === null ? Promise.resolve() : this.#recover(dataDirectory)
    this.#started.catch(() => undefined) // who starts the broker asks
    this.#sessions.add(new ClientSession(this, start.ownPort))
  }

  /**
   * Resolves once all that a former broker has left in the directory is there again.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where it cannot be used; WORKER_CRASHED.
   */
  get started(): Promise<void> {
    return this.#started
  }

  /** Resolves once the broker is closed: this takes no more clients. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** @throws RinglogError BROKER_CLOSED once `close` was called. */
  assertOpen(): void {
    if (this.#closing !== null) throw new RinglogError('BROKER_CLOSED')
  }

  /**
   * Producers get what they need for sending while the broker closes as well: what they have buffered may
   * be their first records.
   *
   * @throws RinglogError BROKER_CLOSED once the time for that is over, too.
   */
  assertTakesRecords(): void {
    if (this.#brokerState.isClosed) throw new RinglogError('BROKER_CLOSED')
  }

  async nextProducerIdentity(): Promise<ProducerIdentity> {
    this.assertTakesRecords()
    return { producerId: await this.#producerIds.take(), producerEpoch: 0 }
  }

  metrics(): Promise<BrokerMetrics> {
    this.assertOpen()
    const clients = [...this.#sessions].map(({ questions }) => questions)
    return this.#metrics.collect(this.topics.all, this.groups.metrics(), clients)
  }

  /** See `backup`. */
  async backUp(target: string): Promise<void> {
    if (this.#backups === null) {
      throw new RinglogError('INVALID_REQUEST', 'a backup is of a broker with a dataDirectory')
    }
    await this.#started
    await this.#backups.write(target)
  }

  forget(session: ClientSession): void {
    this.#sessions.delete(session)
  }

  /** Takes what was posted to this thread: where a client wants to connect, its port. */
  connect(message: unknown): void {
    // Any thread of the process may post anything to this one.
    const { type, brokerId, port } = (message ?? {}) as Partial<ConnectMessage>
    if (type !== CONNECT_MESSAGE || !(port instanceof MessagePort)) return
    if (brokerId !== this.greeting.address.brokerId || this.#closing !== null) {
      port.close()
      return
    }
    this.#sessions.add(new ClientSession(this, port))
  }

  /** The thread is about to end; unless the broker was closed, clients hear how. Wakes all that sleep on it. */
  onThreadExit(how: string, cause?: unknown): void {
    this.#brokerState.setEnded(how, cause)
    this.#ringAll()
  }

  /**
   * Lets every client send what it has buffered, then ends every partition's thread. Of several calls the most
   * impatient counts.
   */
  close(deadlineMs: number): Promise<void> {
    // The time for it is that of the process: where the log goes by a test's clock, closing must end as well.
    const timeoutMs = Math.max(0, deadlineMs - this.thread.clock.nowMs())
    this.#drainedByMs = Math.min(this.#drainedByMs, monotonicMs() + timeoutMs)
    const timer = setTimer(this.#outOfTime.resolve, timeoutMs)
    const closing = (this.#closing ??= this.#close(deadlineMs))
    void closing.then(() => clearTimer(timer))
    return closing
  }

  async #close(deadlineMs: number): Promise<void> {
    this.topics.expectClosing()
    await this.#drainSessions(deadlineMs)
    this.#brokerState.setClosed()
    this.#ringAll()
    this.groups.close()
    // Even past the deadline the workers refuse the appends that wait, so that their producers get an answer.
    const leftMs = Math.max(REFUSAL_GRACE_MS, this.#drainedByMs - monotonicMs())
    await this.topics.close(this.thread.clock.nowMs() + leftMs, new RinglogError('BROKER_CLOSED'))
    await this.#closeDirectory()
    this.#closed.resolve()
    // The answer to this call leaves first; with its last port closed, the thread ends by itself.
    setTurnEnd(() => {
      for (const session of this.#sessions) session.close()
      this.events.close()
    })
  }

  async #recover(dataDirectory: DataDirectory): Promise<void> {
    try {
      const { topics, groups, offsets, nextProducerId } = await dataDirectory.open((error) =>
        this.events.error(error),
      )
      this.#producerIds.startFrom(nextProducerId)
      await this.topics.recover(topics)
      await this.groups.restore(groups, offsets)
      this.#offsets!.start(groups, offsets)
      this.#retentionHolds!.start()
    } catch (error) {
      const deadlineMs = this.thread.clock.nowMs() + CLOSE_DIRECTORY_MS
      await this.topics.close(deadlineMs, new RinglogError('BROKER_CLOSED'))
      await dataDirectory.close(monotonicMs() + CLOSE_DIRECTORY_MS).catch(() => undefined)
      throw error
    }
  }

  /** No thread appends any more, and no consumer commits. */
  async #closeDirectory(): Promise<void> {
    if (this.#dataDirectory === null) return
    await this.#backups!.close()
    this.#offsets!.stop()
    this.#retentionHolds!.stop()
    const deadlineMs = Math.max(monotonicMs() + CLOSE_DIRECTORY_MS, this.#drainedByMs)
    const tell = (error: Error): void => this.events.error(error)
    const timeoutMs = deadlineMs - monotonicMs()
    await endsWithin(this.#offsets!.storeAll(), { timeoutMs }).catch(tell)
    // Where the disk hangs, not even force ends the thread that has called it.
    const limit = { timeoutMs: deadlineMs - monotonicMs() + HUNG_DISK_MS }
    await endsWithin(this.#dataDirectory.close(deadlineMs), limit).catch(tell)
  }

  #tellTruncated(at: TopicPartition, truncated: TruncatedLog): void {
    const { topic, partition } = at
    const { bytes, fromOffset, toOffset } = truncated
    this.events.publish('log:truncated', { topic, partition, bytes, fromOffset, toOffset })
    const error = new RinglogError(
      'LOG_TRUNCATED',
      `the end of a log was cut off: partition=${partitionName(topic, partition)}, bytes=${bytes}, ` +
        `fromOffset=${fromOffset}, toOffset=${toOffset}`,
      { details: { topic, partition, bytes, fromOffset, toOffset } },
    )
    this.events.error(error)
  }

  async #drainSessions(deadlineMs: number): Promise<void> {
    const startMs = monotonicMs()
    const tellSlowClose = (): void => void this.#tellSlowClose(startMs)
    const slowTimer = setTimer(tellSlowClose, SLOW_CLOSE_MS)
    const drains = [...this.#sessions].map((session) => session.draining.drain(deadlineMs))
    await Promise.race([Promise.all(drains), this.#outOfTime.promise])
    clearTimer(slowTimer)
  }

  async #tellSlowClose(startMs: number): Promise<void> {
    const blocked = await blockedOf(
      this.topics.all.flatMap(({ partitions }) => partitions),
      this.thread.clock,
    )
    const waiting = [...this.#sessions].filter(({ draining }) => draining.isDraining)
    if (waiting.length === 0) return // it was all sent meanwhile
    const nowMs = monotonicMs()
    const times = { waitedMs: nowMs - startMs, leftMs: Math.max(0, this.#drainedByMs - nowMs) }
    this.events.slowClose({ ...times, clientCount: waiting.length, blocked })
  }

  /**
   * INV-11: wakes all whom a partition worker that has ended may have been ringing, every consumer, member
   * and client: also those that have closed the partition, or their lane to it, since.
   */
  #ringAll(): void {
    this.registrar.ringAll()
    this.groups.ringAll()
    for (const session of this.#sessions) session.ringProducers()
  }
}

/** What differs between a controller that has a thread of its own and one in the user's. */
export interface ControllerSurroundings {
  readonly thread: ActorThread
  readonly startPartition: StartPartitionThread
  /** Absent or `null`: nothing outlives the broker. */
  readonly dataDirectory?: DataDirectory | null
}
