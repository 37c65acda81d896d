import {
  Doorbell,
  LOG_ENGINE,
  RecordBatchBuilder,
  RingLogReader,
  RingLogWriter,
  RinglogError,
  createRingLogMemory,
  partitionName,
  startOffsetOf,
  systemClock,
  toHeaderList,
  type CommitDescription,
  type Data,
  type EngineUser,
  type GroupChange,
  type GroupMembership,
  type JoinGroupRequest,
  type LogClient,
  type LogEngine,
  type LogReader,
  type OpenPartition,
  type OpenPartitionsRequest,
  type RecordHeaders,
  type TopicPartition,
} from '@ringlog/core/internal'

/** A record as a test writes it down. */
export interface TestRecord {
  key?: Data | null
  value?: Data | null
  timestamp?: number
  headers?: RecordHeaders
}

/** The smallest ring there is. */
export const RING_BYTES = 64 * 1024

/** A partition in this thread: a real ring, and who is to be rung when it grows. */
export class MemoryPartition {
  readonly memory: SharedArrayBuffer
  readonly writer: RingLogWriter
  readonly watchers = new Map<string, Doorbell>()
  isOffline = false

  constructor(ringBytes: number) {
    this.memory = createRingLogMemory(ringBytes)
    this.writer = new RingLogWriter(this.memory)
  }

  /** Appends one batch of these records; what is oldest makes room. Returns the first offset. */
  append(records: readonly TestRecord[]): number {
    return this.appendBatch(batchOf(records))
  }

  appendBatch(batch: Uint8Array): number {
    this.writer.makeRoom(batch.length, Infinity)
    const baseOffset = this.writer.append(batch)
    this.ring()
    return baseOffset
  }

  /** Appends batches of one record with these values. */
  appendValues(...values: Data[]): void {
    for (const value of values) this.append([{ value }])
  }

  ring(): void {
    for (const doorbell of this.watchers.values()) doorbell.ring()
  }
}

/** What batches are built in; the tests of a file run one after the other. */
const scratch = new ArrayBuffer(1 << 20)

export function batchOf(records: readonly TestRecord[]): Uint8Array {
  const builder = new RecordBatchBuilder(scratch)
  for (const { key = null, value = null, timestamp = 0, headers } of records) {
    if (!builder.tryAppend(key, value, timestamp, toHeaderList(headers))) {
      throw new Error('the batch is too large')
    }
  }
  return new Uint8Array(builder.seal({})).slice()
}

/**
 * Partitions of topic `t` in this thread, behind the interface that a consumer reads through: the
 * rings are real; there are no workers, no gates and no other threads.
 */
export class MemoryLog implements LogEngine {
  readonly clock = systemClock
  readonly partitions: MemoryPartition[]
  readonly users = new Set<EngineUser>()
  /** How many things keep the thread alive now. */
  holds = 0
  /** How often `openReaders` was called. */
  readerCalls = 0
  #closedError: RinglogError | null = null

  constructor(partitionCount = 1, ringBytes = RING_BYTES) {
    this.partitions = Array.from({ length: partitionCount }, () => new MemoryPartition(ringBytes))
  }

  /** What a consumer is made on. */
  get client(): LogClient {
    return { [LOG_ENGINE]: this } as unknown as LogClient
  }

  /** The first partition. */
  get first(): MemoryPartition {
    return this.partitions[0]!
  }

  at(partition: number): TopicPartition {
    return { topic: 't', partition }
  }

  get all(): TopicPartition[] {
    return this.partitions.map((_, partition) => this.at(partition))
  }

  /** As if the broker had closed. */
  fail(error: RinglogError): void {
    this.#closedError = error
    for (const user of this.users) user.fail(error)
  }

  closedError(): RinglogError | null {
    return this.#closedError
  }

  noticeEnd(): void {}

  attach(user: EngineUser): () => void {
    this.users.add(user)
    return () => this.users.delete(user)
  }

  keepAlive(): () => void {
    this.holds++
    return () => void this.holds--
  }

  async openPartitions(request: OpenPartitionsRequest): Promise<OpenPartition[]> {
    return request.partitions.map((p) => {
      const found = this.#partition(p)
      found.watchers.set(request.consumerId, request.doorbell)
      const reader = new RingLogReader(found.memory)
      return {
        topic: p.topic,
        partition: p.partition,
        reader,
        startOffset: startOffsetOf(p.start, reader),
        gate: null,
        grant: null,
        workerDoorbell: new Doorbell(),
        isOffline: () => found.isOffline,
        isDeleted: () => false,
      }
    })
  }

  async openReaders(partitions: readonly TopicPartition[]): Promise<LogReader[]> {
    this.readerCalls++
    return partitions.map((p) => new RingLogReader(this.#partition(p).memory))
  }

  async closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    for (const p of partitions) this.#partition(p).watchers.delete(consumerId)
  }

  joinGroup(
    _request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }> {
    throw new Error('a consumer without a group does not join one')
  }

  committedOffset(): Promise<never> {
    throw new Error('a consumer without a group does not ask for it')
  }

  describeCommits(
    _groupId: string,
    _consumerId: string,
    _commits: readonly CommitDescription[],
  ): Promise<void> {
    throw new Error('a consumer without a group does not commit')
  }

  topicNames(): Promise<string[]> {
    return Promise.resolve(['t'])
  }

  topicMetadata(): Promise<never> {
    throw new Error('a consumer without a group does not ask for it')
  }

  producerIdentity(): Promise<never> {
    throw new Error('a consumer does not ask for it')
  }

  isRetriable(): boolean {
    return false
  }

  openAppender(): Promise<never> {
    throw new Error('a consumer does not append')
  }

  #partition({ topic, partition }: TopicPartition): MemoryPartition {
    const found = topic === 't' ? this.partitions[partition] : undefined
    if (found !== undefined) return found
    throw new RinglogError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `there is no partition ${partitionName(topic, partition)}`,
    )
  }
}
