import {
  Doorbell,
  RinglogError,
  checkWaitOptions,
  endsWithin,
  engineOf,
  type Clock,
  type ConsumerEngine,
  type ConsumerMetrics,
  type EngineHolder,
  type EngineUser,
  type LogClient,
  type Serde,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Readable } from 'node:stream'
import { AutoCommits } from './auto-commits.ts'
import { resolveConsumerConfig, type ConsumerConfig } from './config.ts'
import type { ConsumerLike } from './consumer-like.ts'
import { ConsumerStats } from './consumer-metrics.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { PolledRecords, type ConsumerRecords } from './consumer-records.ts'
import { CurrentOwnership } from './current-ownership.ts'
import { Fetcher } from './fetcher.ts'
import { ChunkPool } from './fetched-chunk.ts'
import { Lifecycle } from './lifecycle.ts'
import { Membership } from './membership.ts'
import { OffsetCommits, type OffsetToCommit } from './offset-commits.ts'
import { OffsetQueries, type PartitionOffset, type QueryOptions } from './offset-queries.ts'
import { PollGroup } from './poll-group.ts'
import { PollLoop, type PollOptions } from './poll-loop.ts'
import { Positions } from './positions.ts'
import { RecordDecoder } from './record-decoder.ts'
import type { RebalanceListener } from './rebalance-listener.ts'
import { RecordFeed } from './record-feed.ts'
import { RecordIteration } from './record-iteration.ts'
import { RecordStream } from './record-stream.ts'
import type { RecordCursor } from './slice-cursor.ts'
import { SelfAssignment } from './self-assignment.ts'
import { SubscriptionState } from './subscription-state.ts'

// Longer than other files: what each call promises its user stands here with it, and every call is one
// line that hands it on to the part that does the work.

/**
 * Reads partitions: copies batches from their rings, in the consumer's own thread, and hands out
 * records. No call is made to read.
 *
 * Its position holds back a full ring of a `"block"` topic (unless `gating: false`): what it has not
 * handed out is not overwritten. Handing out copies, so what a poll returned is safe.
 *
 * There are four ways to the records: `poll`, `pollSync`, `for await (const record of consumer)` and
 * `toReadable()`. They share one position and can take turns; while one waits, another is refused
 * with CONCURRENT_POLL.
 *
 * Thread: the one it was made in, for every call.
 */
export class Consumer<K = Buffer | null, V = Buffer | null>
  implements ConsumerLike<K, V>, AsyncIterable<ConsumerRecord<K, V>>, AsyncDisposable
{
  readonly #doorbell: Doorbell
  readonly #subscription: SubscriptionState
  readonly #stats: ConsumerStats
  readonly #decoder: RecordDecoder<K, V>
  readonly #fetcher: Fetcher<K, V>
  readonly #lifecycle: Lifecycle
  readonly #ownership: CurrentOwnership
  readonly #commits: OffsetCommits
  /** `null`: it has no group. */
  readonly #group: PollGroup | null
  readonly #positions: Positions
  readonly #offsetQueries: OffsetQueries
  readonly #pollLoop: PollLoop<K, V>
  readonly #clock: Clock
  readonly #detach: () => void
  /** Aborted when `close` has waited long enough. */
  readonly #hurry = new AbortController()
  #closing: Promise<void> | null = null

  /**
   * @param client From `Broker.start()` or `connect()`.
   * @throws RinglogError INVALID_CONFIG that lists every faulty option.
   */
  constructor(client: LogClient, given?: ConsumerConfig<K, V>)
  /** @internal */
  constructor(client: EngineHolder<ConsumerEngine>, given?: ConsumerConfig<K, V>)
  constructor(client: LogClient | EngineHolder<ConsumerEngine>, given?: ConsumerConfig<K, V>) {
    const engine = engineOf<ConsumerEngine>(client)
    const config = resolveConsumerConfig(given)
    const { waitStrategy, keySerde, valueSerde } = config
    const clientId = config.clientId ?? `consumer-${++consumerCount}`
    const { clock } = engine
    const doorbell = new Doorbell(undefined, clock)
    const subscription = new SubscriptionState(new ChunkPool(CHUNK_BYTES), () => doorbell.ring())
    const lifecycle = new Lifecycle(engine)
    const decoder = new RecordDecoder(keySerde as Serde<K> | null, valueSerde as Serde<V> | null)
    const stats = new ConsumerStats(() => clock.nowMs())
    const fetcher = new Fetcher(config, subscription, decoder, stats)
    const autoCommits = new AutoCommits(config, subscription)
    const shared = { engine, config, clientId, doorbell, subscription, lifecycle, autoCommits }
    const { groupId } = config
    const membership = groupId === null ? null : new Membership({ ...shared, groupId })
    const selfAssignment = new SelfAssignment(shared)
    const ownership = new CurrentOwnership({ ...shared, selfAssignment, membership })
    const parts = { ...shared, fetcher, ownership }
    const commits = new OffsetCommits(parts)
    const group =
      membership && new PollGroup(membership, commits, config.autoCommitIntervalMs, clock)
    this.#doorbell = doorbell
    this.#subscription = subscription
    this.#clock = clock
    this.#stats = stats
    this.#decoder = decoder
    this.#fetcher = fetcher
    this.#lifecycle = lifecycle
    this.#ownership = ownership
    this.#commits = commits
    this.#group = group
    this.#positions = new Positions(parts)
    this.#offsetQueries = new OffsetQueries(parts)
    this.#pollLoop = new PollLoop({ ...parts, waitStrategy, stats, group })
    const user: EngineUser = {
      drain: () => Promise.resolve(),
      close: () => this.close(),
      fail: (error) => this.#fail(error),
      interrupt: (error) => this.#pollLoop.interrupt(error),
      rebalance: async () => membership?.rebalanceNow(),
      report: () => ({
        kind: 'consumer',
        clientId,
        groupId,
        metrics: stats.read(subscription),
      }),
    }
    this.#detach = engine.attach(user)
  }

  /**
   * Takes exactly these partitions, instead of those before; resolves when every position is fixed:
   * what is appended from then on is delivered. A partition that it had keeps its position, and rests
   * if it rested; a new one starts where `autoOffsetReset` says, and so does one whose topic was deleted
   * and created again. What a partition has can be read while it is offline.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_REQUEST, CONSUMER_CLOSED, BROKER_CLOSED: the
   *   assignment is then as before. NO_OFFSET_FOR_PARTITION with `autoOffsetReset: "none"`: the partitions
   *   are then assigned, but without a position until `seek`.
   */
  assign(partitions: TopicPartition[]): Promise<void> {
    return this.#ownership.assign(partitions)
  }

  /**
   * Joins the group, as a member that consumes these topics; in place of those subscribed to before.
   * Resolves when the group has admitted it, and what no other member holds at that moment is
   * assigned, positions fixed: perhaps nothing. What others still hold comes at later polls.
   *
   * What it gains and loses it takes up and gives up within polls, and polls alone: a member that does
   * not poll for `maxPollIntervalMs` is put out of the group, and joins again by itself when it does.
   *
   * @param topics Names, which need not exist yet; or a pattern, for all topics whose name it finds, also
   *   those that come later. No names: `unsubscribe`.
   * @throws RinglogError INVALID_GROUP_ID without a `groupId`; INVALID_REQUEST,
   *   INVALID_TOPIC_EXCEPTION, INVALID_CONFIG for an assignor that cannot be loaded; INVALID_STATE
   *   while partitions are assigned by `assign`; CONSUMER_CLOSED, BROKER_CLOSED: all is then as
   *   before. NO_OFFSET_FOR_PARTITION with `autoOffsetReset: "none"` where the group has committed
   *   nothing: the partitions are then assigned, but without a position until `seek`. What the
   *   listener throws.
   */
  subscribe(topics: string[] | RegExp, listener?: RebalanceListener): Promise<void> {
    return this.#ownership.subscribe(topics, listener)
  }

  /**
   * Leaves the group, and gives up all partitions, however they came. Resolves when that is done.
   *
   * @throws RinglogError CONSUMER_CLOSED, BROKER_CLOSED. What the listener throws.
   */
  unsubscribe(): Promise<void> {
    return this.#ownership.unsubscribe()
  }

  /** The partitions that it reads. */
  assignment(): TopicPartition[] {
    return this.#subscription.partitions
  }

  /**
   * Hands out the next records of the assigned partitions; waits for some where there are none. What
   * was handed out before counts as consumed, with `autoCommit` for its group: also what a loop over it
   * threw at, if it polls on. `for await (const record of consumer)` counts record by record.
   *
   * A poll that waits keeps its thread alive. The error of one partition is thrown by a poll that
   * comes to it first; the next polls begin with the others. So neither hides the other for ever.
   *
   * A member of a group takes up and gives up partitions within it, and hands nothing out meanwhile; what
   * its rebalance listener throws, the poll rejects with.
   *
   * @returns `count` 0 when `timeoutMs` passed without records.
   * @throws RinglogError CONCURRENT_POLL, CONSUMER_CLOSED, BROKER_CLOSED, WAKEUP, INVALID_STATE
   *   without an assignment, also when `unsubscribe` or `assign([])` takes it away from a poll that waits;
   *   PARTITION_OFFLINE, UNKNOWN_TOPIC_OR_PARTITION (the topic was deleted, and
   *   what was in it: `assign` again to read one that was created since), CORRUPT_MESSAGE (seek past it to go
   *   on), KAFKA_STORAGE_ERROR; with `autoOffsetReset: "none"` OFFSET_OUT_OF_RANGE, NO_OFFSET_FOR_PARTITION;
   *   STALE_MEMBER_EPOCH when another consumer of the group has assigned a partition to itself,
   *   FENCED_MEMBER_EPOCH when one has joined with the same `groupInstanceId`; `signal.reason` when
   *   aborted. Positions are unchanged then.
   */
  poll(options: PollOptions = {}): Promise<ConsumerRecords<K, V>> {
    return this.#pollLoop.poll(options)
  }

  /**
   * As `poll`, for threads that may block: waits without letting the event loop turn. Makes no call;
   * no timer, message or promise of this thread runs meanwhile. That the broker has ended, even by force
   * with the thread that started it, is noticed within a second. On an in-memory client
   * (`ringlog/testing`), where only this thread could bring more, it takes what is there, and does not wait.
   *
   * @throws RinglogError as `poll`; INVALID_STATE on a log whose records only the event loop brings.
   */
  pollSync(options: Pick<PollOptions, 'timeoutMs'> = {}): ConsumerRecords<K, V> {
    return this.#pollLoop.pollSync(options)
  }

  /**
   * Walks a poll's records without an allocation per record. The cursor's bytes are borrowed until
   * the next poll.
   *
   * @throws RinglogError INVALID_REQUEST for records that no poll returned; INVALID_STATE for those
   *   of an earlier poll whose memory may be in use again.
   */
  cursor(records: ConsumerRecords<K, V>): RecordCursor {
    if (records instanceof PolledRecords) return records.cursor()
    throw new RinglogError('INVALID_REQUEST', 'cursor() takes the records that a poll returned')
  }

  /**
   * The records one by one, for ever: `for await (const record of consumer)`. A record is handed out
   * when it is yielded, and counts as consumed when the next is asked for. Leaving the loop leaves the
   * consumer open, its position after the record that was yielded last. The loop ends when the
   * consumer is closed; what a poll rejects with otherwise is thrown into it.
   *
   * Within the loop everything else may be called: after a `seek`, a `pause`, an `assign` or a `poll`
   * it goes on from where the positions are then.
   *
   * Cost: a promise and an object per record. Where that matters, iterate `await consumer.poll()`.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumerRecord<K, V>, undefined> {
    return new RecordIteration(this.#feed())
  }

  /**
   * The records as a stream of objects, for `stream.pipeline`; it goes on until it is destroyed, or
   * ends when the consumer is closed. What a poll rejects with is its error.
   *
   * Records are not read ahead: one is handed out when the stream's reader gets it, and counts as
   * consumed when the reader asks for the next. Destroying the stream leaves the consumer open, its
   * position after the last record that the reader got; what a later part of a pipeline still holds
   * then, nobody knows. So where none may be lost, commit at the end of the pipeline, not
   * automatically.
   */
  toReadable(): Readable {
    return new RecordStream(this.#feed())
  }

  /**
   * Marks records as consumed, for the group: the member that reads the partition next goes on from
   * there, and the ring need not keep what is before. Accepted commits outlive the consumer.
   *
   * Cost: a store and two loads in shared memory for each partition; a call only where there is
   * metadata, and for partitions on disk: this then resolves once the commit is written there, or synced with
   * `flushMessages: 1`. Accepted it is before that.
   *
   * Only offsets that are named here go back, or `resetGroupOffsets`: what is committed stays so, whatever
   * is sought or handed out again.
   *
   * @param offsets The next offsets to read, as in Kafka; ahead or back. Absent: everything handed out
   *   so far.
   * @throws RinglogError INVALID_REQUEST for an offset that is negative or past the log's end,
   *   INVALID_STATE for a partition that is not assigned, INVALID_GROUP_ID without a `groupId`:
   *   nothing is committed then. UNKNOWN_TOPIC_OR_PARTITION when a topic was deleted, STALE_MEMBER_EPOCH when the group has given a partition to another
   *   consumer, FENCED_MEMBER_EPOCH when another has joined with the same `groupInstanceId`: what else
   *   was to be committed is.
   */
  commit(offsets?: OffsetToCommit[], options?: QueryOptions): Promise<void> {
    return this.#commits.commit(offsets, options)
  }

  /**
   * As `commit`, for threads that block: it is accepted when this returns; on disk it is written within a second.
   *
   * @throws RinglogError as `commit`; INVALID_STATE on a log whose answer only the event loop brings.
   */
  commitSync(offsets?: OffsetToCommit[]): void {
    this.#commits.commitSync(offsets)
  }

  /**
   * What the group has committed on a partition, which need not be assigned: the next offset to read;
   * `null`: nothing.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_GROUP_ID, REQUEST_TIMED_OUT,
   *   CONSUMER_CLOSED, BROKER_CLOSED.
   */
  committed(p: TopicPartition, options?: QueryOptions): Promise<number | null> {
    return this.#commits.committed(p, options)
  }

  /**
   * Sets the position: the next poll hands out records from `offset` on. An offset outside the log is
   * accepted; the next poll then resets by `autoOffsetReset`. A record of the last poll is found
   * again even where the ring has overwritten it by now, unless `deleteRecords` has deleted it.
   *
   * A full ring is let go of up to the new position at once. What a group holds is let go of by its
   * commits alone: by that of the next poll, with `autoCommit`.
   *
   * @throws RinglogError INVALID_REQUEST unless `offset` is a non-negative safe integer;
   *   INVALID_STATE when the partition is not assigned.
   */
  seek(p: TopicPartition, offset: number): void {
    this.#positions.seek(p, offset)
  }

  /**
   * Goes to the first record that is still in the log. Positions are fixed when it resolves (Kafka:
   * with the next poll).
   *
   * @param partitions Absent or empty: all that are assigned.
   * @throws RinglogError INVALID_STATE when a partition is not assigned: none is moved then.
   */
  async seekToBeginning(partitions: TopicPartition[] = []): Promise<void> {
    await this.#positions.seekToBeginning(partitions)
  }

  /**
   * Goes to the end: what is appended from then on is handed out. Positions are fixed when it resolves
   * (Kafka: with the next poll). What lies before is let go of, as by `seek`.
   *
   * @param partitions Absent or empty: all that are assigned.
   * @throws RinglogError INVALID_STATE when a partition is not assigned: none is moved then.
   */
  async seekToEnd(partitions: TopicPartition[] = []): Promise<void> {
    await this.#positions.seekToEnd(partitions)
  }

  /**
   * The offset of the next record to be handed out.
   *
   * @throws RinglogError INVALID_STATE when the partition is not assigned, or has no position yet.
   */
  position(p: TopicPartition): number {
    return this.#positions.position(p)
  }

  /**
   * The offset of the last record that was handed out; -1: none.
   *
   * @throws RinglogError INVALID_STATE when the partition is not assigned.
   */
  currentOffset(p: TopicPartition): number {
    return this.#positions.currentOffset(p)
  }

  /**
   * How many offsets lie between the position (not the commit) and the log's end.
   *
   * @throws RinglogError INVALID_STATE when the partition is not assigned, or has no position yet;
   *   UNKNOWN_TOPIC_OR_PARTITION when its topic was deleted.
   */
  lag(p: TopicPartition): number {
    return this.#positions.lag(p)
  }

  /**
   * The offsets of the first records that are still in the logs, in the order asked for. The
   * partitions need not be assigned.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_REQUEST, REQUEST_TIMED_OUT,
   *   CONSUMER_CLOSED, BROKER_CLOSED; `signal.reason` when aborted.
   */
  beginningOffsets(
    partitions: TopicPartition[],
    options?: QueryOptions,
  ): Promise<PartitionOffset[]> {
    return this.#offsetQueries.beginningOffsets(partitions, options)
  }

  /**
   * The offsets that the next records will get, in the order asked for. The partitions need not be
   * assigned.
   *
   * @throws RinglogError as `beginningOffsets`.
   */
  endOffsets(partitions: TopicPartition[], options?: QueryOptions): Promise<PartitionOffset[]> {
    return this.#offsetQueries.endOffsets(partitions, options)
  }

  /**
   * For each partition the offset of the first record with at least that timestamp, in the order
   * asked for; `null` where there is none. The partitions need not be assigned.
   *
   * Cost: where the index ends, batches are copied and searched in this thread.
   *
   * @throws RinglogError as `beginningOffsets`.
   */
  offsetsForTimes(
    times: Array<TopicPartition & { timestamp: number }>,
    options?: QueryOptions,
  ): Promise<Array<PartitionOffset | null>> {
    return this.#offsetQueries.offsetsForTimes(times, options)
  }

  /**
   * Lets partitions rest: they keep their position and their hold on the ring, and polls pass them
   * over, until they are resumed or given up.
   *
   * @throws RinglogError INVALID_STATE when one is not assigned: none is paused then.
   */
  pause(partitions: TopicPartition[]): void {
    this.#positions.pause(partitions)
  }

  /**
   * Ends the rest of partitions; a poll that waits takes them up.
   *
   * @throws RinglogError INVALID_STATE when one is not assigned: none is resumed then.
   */
  resume(partitions: TopicPartition[]): void {
    this.#positions.resume(partitions)
  }

  /** The partitions that `pause` stopped. */
  paused(): TopicPartition[] {
    return this.#positions.paused()
  }

  /**
   * Makes the pending poll reject with WAKEUP; without one, the next. Positions stay unchanged.
   *
   * Thread: the consumer's own, as every call; so a `pollSync` that blocks cannot be woken by it.
   */
  wakeup(): void {
    this.#pollLoop.wakeup()
  }

  /** What it has done so far, and how fast; also once it is closed. */
  metrics(): ConsumerMetrics {
    return this.#stats.read(this.#subscription)
  }

  /**
   * Gives its partitions up: commits what counts as consumed (with `autoCommit`; of the last poll only what
   * a loop over it had finished, if that was left), has the rebalance
   * listener called, and leaves its group; a call of the listener that is under way it waits for. A
   * pending poll rejects with CONSUMER_CLOSED. Idempotent.
   *
   * Within the listener of a consumer that closes already it resolves at once.
   *
   * After `timeoutMs`, or when aborted, it waits for nothing more, neither for its listener nor for
   * answers: as in Kafka, what could be committed by then is, and others can have the partitions.
   *
   * @param options.timeoutMs Default 30,000.
   * @throws RinglogError INVALID_REQUEST; `signal.reason` when aborted; and what the listener throws: the
   *   consumer is closed all the same.
   */
  async close(options: QueryOptions = {}): Promise<void> {
    checkWaitOptions('close()', options)
    // It waits for the listener, which must not wait for it.
    if (this.#closing !== null && this.#ownership.isWithinListener) return
    const { timeoutMs = CLOSE_TIMEOUT_MS, signal } = options
    const closing = (this.#closing ??= this.#close().finally(() => {
      this.#closing = Promise.resolve() // its error is thrown once
    }))
    const ended = closing.catch(() => undefined)
    const limits = signal === undefined ? { timeoutMs } : { timeoutMs, signal }
    const isInTime = await endsWithin(ended, limits, this.#clock)
    if (!isInTime) this.#hurry.abort()
    await closing
    if (!isInTime) signal?.throwIfAborted()
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #feed(): RecordFeed<K, V> {
    return new RecordFeed({
      pollLoop: this.#pollLoop,
      fetcher: this.#fetcher,
      subscription: this.#subscription,
      decoder: this.#decoder,
      stats: this.#stats,
      lifecycle: this.#lifecycle,
      group: this.#group,
    })
  }

  async #close(): Promise<void> {
    this.#detach()
    if (!this.#lifecycle.close(new RinglogError('CONSUMER_CLOSED'))) return
    this.#subscription.recall()
    this.#doorbell.ring()
    try {
      await this.#ownership.now.close(this.#hurry.signal)
    } finally {
      this.#subscription.closeReaders()
    }
  }

  #fail(error: RinglogError): void {
    this.#lifecycle.close(error)
    this.#subscription.recall()
    this.#subscription.closeReaders()
    this.#detach()
    this.#doorbell.ringUnconditionally() // INV-11: the controller's thread has ended
  }
}

/** Kafka's `DEFAULT_CLOSE_TIMEOUT_MS`. */
const CLOSE_TIMEOUT_MS = 30_000
/** Memory that batches are copied into at a time. */
const CHUNK_BYTES = 256 * 1024

let consumerCount = 0
