import {
  Consumer,
  type ConsumerLike,
  type PartitionOffset,
  type QueryOptions,
} from '@ringlog/consumer'
import { checkPartitions, uniquePartitions } from '@ringlog/consumer/internal'
import {
  LOG_ENGINE,
  RinglogError,
  checkPartition,
  checkWaitOptions,
  partitionName,
  show,
  type TopicPartition,
} from '@ringlog/core/internal'
import { RecordFields } from '@ringlog/producer/internal'
import { types } from 'node:util'
import { checkOffset, readAdded, type AddedRecord } from './added-record.ts'
import { resolveMockConsumerConfig, type MockConsumerConfig } from './mock-consumer-config.ts'
import { MockLog } from './mock-log.ts'
import type { PollTask } from './poll-tasks.ts'

/**
 * A consumer for unit tests: a test says which records there are, which partitions it has, and what goes
 * wrong. For code that is written against `ConsumerLike`.
 *
 * It is the real consumer on a log that a test plays: positions, `pause`, `seek`, commits, `autoOffsetReset`,
 * iterations, streams and calls of the rebalance listener are the real ones, and what the real one refuses it
 * refuses. It differs from Kafka's mock where a consumer of a broker does: `poll` waits where there is nothing,
 * a `seek` back finds records again, and positions are fixed by `assign`, `subscribe` and `rebalance`, so say
 * first where logs begin and end.
 *
 * `pollSync` and `commitSync` are refused: a thread that blocks could not play its log.
 *
 * Thread: the one it was made in.
 *
 * Source: Apache Kafka, `clients/consumer/MockConsumer.java`, for what it does.
 */
export class MockConsumer<K = Buffer | null, V = Buffer | null>
  extends Consumer<K, V>
  implements ConsumerLike<K, V>
{
  readonly #log: MockLog
  readonly #fields: RecordFields
  readonly #groupId: string | null
  #offsetsException: Error | null = null
  #closedError: RinglogError | null = null

  /** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
  constructor(config?: MockConsumerConfig<K, V>) {
    const { clock, topics, groupId, keySerde, valueSerde, consumer } =
      resolveMockConsumerConfig(config)
    const log = new MockLog({ clock, topics })
    super({ [LOG_ENGINE]: log }, consumer)
    this.#log = log
    this.#groupId = groupId
    this.#fields = new RecordFields({ keySerde, valueSerde, partitioner: 'default' })
  }

  /**
   * Puts a record into the log of a partition that the consumer has, or is about to have. A poll that waits
   * hands it out.
   *
   * @returns Its offset.
   * @throws RinglogError INVALID_STATE for a partition that is not the consumer's; INVALID_REQUEST, also for an
   *   offset before the last one; SERIALIZATION_FAILED, CONSUMER_CLOSED.
   */
  addRecord(record: AddedRecord<K, V>): number {
    this.#assertOpen()
    const { at, offset, record: read } = readAdded(record, this.#fields)
    const isAssigned = this.assignment().some((p) => isSame(p, at)) || this.#log.group.gives(at)
    if (!isAssigned) {
      throw new RinglogError(
        'INVALID_STATE',
        `partition ${partitionName(at.topic, at.partition)} is not assigned to this consumer: ` +
          'assign it, or rebalance, before you add records',
        { details: { ...at } },
      )
    }
    const log = this.#log.partition(at)
    const added = offset ?? log.nextOffset
    log.append(added, read.timestampMs ?? this.#log.clock.wallMs(), read)
    this.#log.ring()
    return added
  }

  /**
   * Says where logs begin: what lies before is gone, and a position there is reset by `autoOffsetReset`. Before
   * it is said a log begins at 0.
   *
   * @throws RinglogError INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, CONSUMER_CLOSED.
   */
  updateBeginningOffsets(offsets: PartitionOffset[]): void {
    for (const [at, offset] of this.#checkOffsets(offsets)) this.#log.partition(at).begin(offset)
    this.#log.ring()
  }

  /**
   * Says where logs end, which may be past their last records: what `endOffsets`, `lag` and `seekToEnd` go by.
   * Before it is said a log ends after its last record.
   *
   * @throws RinglogError INVALID_REQUEST, also for an end before the last record; UNKNOWN_TOPIC_OR_PARTITION,
   *   CONSUMER_CLOSED.
   */
  updateEndOffsets(offsets: PartitionOffset[]): void {
    const ends = this.#checkOffsets(offsets)
    for (const [at, offset] of ends) this.#log.partition(at).checkEnd(offset)
    for (const [at, offset] of ends) this.#log.partition(at).end(offset)
    this.#log.ring()
  }

  /**
   * Says what the group has committed, as if members before this one had.
   *
   * @throws RinglogError INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, CONSUMER_CLOSED; INVALID_GROUP_ID without
   *   a `groupId`.
   */
  updateCommittedOffsets(offsets: PartitionOffset[]): void {
    this.#assertGroup('to have committed offsets')
    for (const [at, offset] of this.#checkOffsets(offsets)) this.#log.committed(at).offset = offset
  }

  /**
   * Has the group give the consumer exactly these partitions: it commits and gives up those that it had and is
   * not to have, and takes the others, its rebalance listener called as in a real rebalance. Resolves when that
   * is done. What the listener throws, the poll rejects with that is under way, or the next one.
   *
   * Before `subscribe`: what the consumer is given when it does.
   *
   * @throws RinglogError INVALID_REQUEST, also for a topic that it does not subscribe to; INVALID_STATE while
   *   partitions are assigned by `assign`, and within the listener; UNKNOWN_TOPIC_OR_PARTITION,
   *   CONSUMER_CLOSED; INVALID_GROUP_ID without a `groupId`.
   */
  async rebalance(partitions: TopicPartition[]): Promise<void> {
    this.#assertOpen()
    this.#assertGroup('to be given partitions by a rebalance')
    const wanted = uniquePartitions(checkPartitions(partitions))
    const { group } = this.#log
    for (const p of wanted) {
      this.#log.partition(p)
      if (group.allows(p.topic)) continue
      throw new RinglogError(
        'INVALID_REQUEST',
        `a group gives its members what they subscribe to, and this one does not subscribe to topic ${p.topic}`,
      )
    }
    if (group.subscription === null && this.assignment().length > 0) {
      throw new RinglogError(
        'INVALID_STATE',
        'this consumer has assigned partitions to itself, so its group gives it none',
      )
    }
    group.intend(wanted)
    await this.#log.rebalance()
  }

  /** The topics or the pattern that it subscribes to; `null`: it does not. */
  subscription(): string[] | RegExp | null {
    const subscription = this.#log.group.subscription
    if (subscription === null) return null
    return 'topics' in subscription ? [...subscription.topics] : subscription.pattern
  }

  /**
   * What the poll that is under way rejects with, or the next one; once.
   *
   * @param exception A `RinglogError` is what the real one rejects with.
   * @throws RinglogError INVALID_REQUEST for what is no error.
   */
  setPollException(exception: Error): void {
    assertError('setPollException()', exception)
    this.#log.interrupt(exception)
  }

  /**
   * What the next call of `beginningOffsets`, `endOffsets` or `offsetsForTimes` rejects with; once.
   *
   * @throws RinglogError INVALID_REQUEST for what is no error.
   */
  setOffsetsException(exception: Error): void {
    assertError('setOffsetsException()', exception)
    this.#offsetsException = exception
  }

  /**
   * Has the next poll do something first: add records, rebalance, wake the consumer up, stop the program. Each
   * poll does one such task, in order; a poll that would wait does those that are left, one after the other.
   * What a task throws, the poll rejects with.
   *
   * @throws RinglogError INVALID_REQUEST for what is no function.
   */
  schedulePollTask(task: PollTask): void {
    if (typeof task !== 'function') {
      throw new RinglogError(
        'INVALID_REQUEST',
        `schedulePollTask() takes a function, got ${show(task)}`,
      )
    }
    this.#log.tasks.add(task)
  }

  /** A poll that does nothing: so that a task comes with a later one. */
  scheduleNopPollTask(): void {
    this.#log.tasks.add(() => undefined)
  }

  /** Whether it was closed. */
  closed(): boolean {
    return this.#closedError !== null
  }

  override async beginningOffsets(
    partitions: TopicPartition[],
    options?: QueryOptions,
  ): Promise<PartitionOffset[]> {
    this.#throwOffsetsException()
    return super.beginningOffsets(partitions, options)
  }

  override async endOffsets(
    partitions: TopicPartition[],
    options?: QueryOptions,
  ): Promise<PartitionOffset[]> {
    this.#throwOffsetsException()
    return super.endOffsets(partitions, options)
  }

  override async offsetsForTimes(
    times: Array<TopicPartition & { timestamp: number }>,
    options?: QueryOptions,
  ): Promise<Array<PartitionOffset | null>> {
    this.#throwOffsetsException()
    return super.offsetsForTimes(times, options)
  }

  override async close(options: QueryOptions = {}): Promise<void> {
    checkWaitOptions('close()', options) // what is refused closes nothing
    this.#closedError ??= new RinglogError('CONSUMER_CLOSED')
    await super.close(options)
  }

  /** Checked as a whole before the first is taken. */
  #checkOffsets(offsets: PartitionOffset[]): Array<readonly [TopicPartition, number]> {
    this.#assertOpen()
    if (!Array.isArray(offsets)) {
      throw new RinglogError(
        'INVALID_REQUEST',
        `offsets must be an array of { topic, partition, offset }, got ${show(offsets)}`,
      )
    }
    return offsets.map((given) => {
      const at = checkPartition(given)
      this.#log.partition(at)
      return [at, checkOffset(given.offset)]
    })
  }

  #throwOffsetsException(): void {
    const exception = this.#offsetsException
    this.#offsetsException = null
    if (exception !== null) throw exception
  }

  #assertOpen(): void {
    if (this.#closedError !== null) throw this.#closedError
  }

  #assertGroup(why: string): void {
    if (this.#groupId === null) {
      throw new RinglogError('INVALID_GROUP_ID', `${why}, give the consumer a groupId`)
    }
  }
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition
}

function assertError(call: string, given: unknown): void {
  if (given instanceof Error || types.isNativeError(given)) return
  throw new RinglogError('INVALID_REQUEST', `${call} takes an Error, got ${show(given)}`)
}
