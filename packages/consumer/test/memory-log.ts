import {
  LOG_ENGINE,
  RecordBatchBuilder,
  RingLogReader,
  RingLogWriter,
  RinglogError,
  createRingLogMemory,
  listedOffset,
  partitionName,
  startOffsetOf,
  systemClock,
  toHeaderList,
  type Data,
  type Blocking,
  type Clock,
  type CommitDescription,
  type ConsumerDoorbell,
  type ConsumerEngine,
  type EngineHolder,
  type EngineUser,
  type GroupChange,
  type GroupMembership,
  type JoinGroupRequest,
  type ListedOffset,
  type LogReader,
  type OpenPartition,
  type OpenPartitionsRequest,
  type PartitionCommits,
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

/** What a group has committed: it answers at once, and accepts all. */
export class MemoryCommits implements PartitionCommits {
  readonly isRevoked = false
  committed: number | null = null
  position: number | null = null
  currentOffset = -1

  commit(offset: number): boolean {
    this.committed = offset
    return true
  }

  report(position: number, currentOffset: number): void {
    this.position = position
    this.currentOffset = currentOffset
  }
}

/** A partition in this thread: a real ring, and who is to be rung when it grows. */
export class MemoryPartition {
  readonly memory: SharedArrayBuffer
  readonly writer: RingLogWriter
  readonly commits = new MemoryCommits()
  readonly watchers = new Map<string, ConsumerDoorbell>()
  isOffline = false
  /** How consumers read it. */
  openReader: (ring: RingLogReader) => LogReader = (ring) => ring

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
 * rings are real; there are no workers, no gates and no other threads. A group has one consumer at most.
 */
export class MemoryLog implements ConsumerEngine {
  readonly clock: Clock = systemClock
  readonly blocking: Blocking = 'waits'
  readonly partitions: MemoryPartition[]
  readonly users = new Set<EngineUser>()
  /** How many things keep the thread alive now. */
  holds = 0
  /** How often offsets were looked up. */
  listCalls = 0
  #closedError: RinglogError | null = null

  constructor(partitionCount = 1, ringBytes = RING_BYTES) {
    this.partitions = Array.from({ length: partitionCount }, () => new MemoryPartition(ringBytes))
  }

  /** What a consumer is made on. */
  get client(): EngineHolder<ConsumerEngine> {
    return { [LOG_ENGINE]: this }
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
      const reader = found.openReader(new RingLogReader(found.memory))
      return {
        topic: p.topic,
        partition: p.partition,
        reader,
        startOffset: startOffsetOf(p.start, reader),
        heldOffset: null,
        release: () => undefined,
        commits: request.groupId === null ? null : found.commits,
        isOffline: () => found.isOffline,
        isDeleted: () => false,
      }
    })
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: ListedOffset,
  ): Promise<Array<number | null>> {
    this.listCalls++
    return Promise.all(
      partitions.map((p) => listedOffset(new RingLogReader(this.#partition(p).memory), at)),
    )
  }

  async closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    for (const p of partitions) this.#partition(p).watchers.delete(consumerId)
  }

  /** The only member of its group, so nothing ever changes for it: it gets all partitions at once. */
  async joinGroup({
    groupId,
    memberId,
    clientId,
    doorbell,
    fetch,
    start,
  }: JoinGroupRequest): Promise<{
    membership: GroupMembership
    change: GroupChange
  }> {
    const partitions = this.all.map((p) => ({ ...p, start }))
    const request = { consumerId: memberId, clientId, groupId, doorbell, isGating: false, fetch }
    const granted = await this.openPartitions({ ...request, partitions })
    const unchanged = { granted: [], toRelease: [] }
    const membership: GroupMembership = {
      memberId,
      hasChanged: false,
      fence: null,
      beat: () => undefined,
      beginWaiting: () => undefined,
      reconcile: () => Promise.resolve(unchanged),
      changeSubscription: () => Promise.resolve(unchanged),
      leave: () => this.closePartitions(memberId, this.all),
    }
    return { membership, change: { granted, toRelease: [] } }
  }

  async committedOffset(_groupId: string, p: TopicPartition): Promise<number | null> {
    return this.#partition(p).commits.committed
  }

  describeCommits(
    _groupId: string,
    _consumerId: string,
    _commits: readonly CommitDescription[],
  ): Promise<void> {
    return Promise.resolve()
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
