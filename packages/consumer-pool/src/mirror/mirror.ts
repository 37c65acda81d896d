import { Consumer, type ConsumerRecords } from '@ringlog/consumer'
import { slicesOf } from '@ringlog/consumer/internal'
import {
  MAX_TIMER_MS,
  RinglogError,
  awaitWithin,
  checkWaitOptions,
  monotonicMs,
  type ConsumerMetrics,
  type LogClient,
  type ProducerMetrics,
  type TopicPartition,
} from '@ringlog/core/internal'
import { Producer } from '@ringlog/producer'
import { learnTopic } from '@ringlog/producer/internal'
import { Closing } from '../handling/closing.ts'
import { HandlingEvents, withFatality, type HandlingEvent } from '../handling/handling-events.ts'
import { ownClient } from '../handling/own-client.ts'
import { resolveMirrorConfig, type MirrorConfig, type ResolvedMirrorConfig } from './config.ts'
import { MirroredCommits } from './mirrored-commits.ts'
import { TargetTopics } from './target-topics.ts'
import { whileAway } from './while-away.ts'
import { writeSlice } from './write-slice.ts'

let mirrorCount = 0

/**
 * Writes what one log has to another, and what comes: from the process to a cluster, from a cluster to the process, from
 * a cluster to another one. Batches go as they are, compressed or not; in order per partition, to the partition of the
 * same number; at least once, and committed by the group once the target has acknowledged them. So mirrors of one group,
 * in several processes, share the partitions, and one that was killed is gone on from.
 *
 * A topic that the target does not have is made there with as many partitions; where it has fewer, some are added.
 * Offsets are the target's own. Of transactions only what is committed is mirrored.
 *
 * ```ts
 * await using mirroring = await mirror(cluster, broker, { groupId: 'edge-1', topics: ['prices'] })
 * await mirroring.closed
 * ```
 *
 * Resolves when the mirror is a member of the group.
 *
 * @param from Closing it, or `to`, closes the mirror.
 * @throws RinglogError INVALID_CONFIG that lists every faulty option; INVALID_REQUEST where both are clients of one log;
 *   BROKER_CLOSED; what `Consumer.subscribe` rejects with, and the target's admin calls; `signal.reason` when aborted.
 */
export async function mirror(
  from: LogClient,
  to: LogClient,
  config: MirrorConfig,
): Promise<Mirror> {
  const resolved = resolveMirrorConfig(from, to, config)
  resolved.signal?.throwIfAborted()
  return Mirror.start(from, to, resolved)
}

/**
 * What `mirror` has started. It keeps the process alive until it is closed, or stops because of an error: what the
 * target does not take for good, such as a record that is too large for it. Nothing is passed over: what was on its way
 * behind it may be there already, and comes again with it.
 *
 * Thread: the one it was started in, for every call.
 */
export class Mirror implements AsyncDisposable {
  readonly #config: ResolvedMirrorConfig
  readonly #consumer: Consumer
  readonly #producer: Producer
  readonly #targets: TargetTopics
  readonly #commits: MirroredCommits
  readonly #events: HandlingEvents<never>
  /** Aborted when nothing more is read. */
  readonly #stopping = new AbortController()
  #isPolling = false
  #isStarted = false
  /** Resolves when the loop has ended. */
  #ended: Promise<void> = Promise.resolve()
  readonly #closing = new Closing('the target had not acknowledged all when the mirror', () =>
    this.#close(),
  )
  /** What was not acknowledged as it closed was given up; `null`: nothing was. */
  #givenUp: RinglogError | null = null
  #error: RinglogError | null = null
  /** The first record that the target did not take; `null`: none. */
  #undelivered: RinglogError | null = null
  #mirroredRecords = 0
  #mirroredBatches = 0

  /** @internal */
  static async start(
    from: LogClient,
    to: LogClient,
    config: ResolvedMirrorConfig,
  ): Promise<Mirror> {
    const mirroring = new Mirror(from, to, config)
    await mirroring.#join()
    return mirroring
  }

  private constructor(from: LogClient, to: LogClient, config: ResolvedMirrorConfig) {
    const { groupId, autoOffsetReset } = config
    const clientId = config.clientId ?? `${groupId}-mirror-${++mirrorCount}`
    const closesMirror = {
      drain: (deadlineMs: number) => this.#closeFor(Math.max(0, deadlineMs - monotonicMs())),
      close: () => this.#closeFor(),
    }
    this.#config = config
    this.#consumer = new Consumer(ownClient(from, closesMirror), {
      groupId,
      clientId,
      autoOffsetReset,
      autoCommit: false,
      // What was aborted must not be there as if it were committed: the target has no transactions of the source.
      isolationLevel: 'read_committed',
      maxPollRecords: Infinity,
    })
    this.#producer = new Producer(ownClient(to, closesMirror), {
      clientId,
      // As long as it takes: the mirror goes on when its target is back.
      deliveryTimeoutMs: MAX_TIMER_MS,
      maxBlockMs: MAX_TIMER_MS,
      onDeliveryError: (error) => (this.#undelivered ??= error),
    })
    this.#targets = new TargetTopics(from, to)
    this.#commits = new MirroredCommits({
      consumer: this.#consumer,
      producer: this.#producer,
      undelivered: () => this.#undelivered,
      onFailure: (error) => this.#fail(error),
    })
    this.#events = new HandlingEvents('ringlog:mirror', groupId, config.onError)
  }

  /**
   * Resolves when the mirror is closed; rejects with the error that stopped it, when that comes. It need not be awaited:
   * `onError` is called as well.
   */
  get closed(): Promise<void> {
    return this.#events.closed
  }

  /** What it does and has done. */
  metrics(): MirrorMetrics {
    return {
      assignment: this.#consumer.assignment(),
      mirroredRecords: this.#mirroredRecords,
      mirroredBatches: this.#mirroredBatches,
      consumer: this.#consumer.metrics(),
      producer: this.#producer.metrics(),
    }
  }

  /**
   * Reads nothing more, waits until the target has acknowledged what was read, commits that, and leaves the group.
   * Idempotent.
   *
   * @param options.timeoutMs After that what is not acknowledged is given up, and not committed. Default 30,000. Of
   *   several calls the most impatient counts.
   * @throws RinglogError the error that stopped the mirror; REQUEST_TIMED_OUT where something was given up: the group
   *   is left in any case. INVALID_REQUEST for an option that there is not.
   */
  async close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    checkWaitOptions('close()', options, ['timeoutMs'])
    await this.#closing.within(options.timeoutMs)
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #join(): Promise<void> {
    const { signal, topics } = this.#config
    signal?.addEventListener('abort', this.#onAbort)
    const joining = this.#consumer.subscribe(topics, {
      onPartitionsAssigned: async (partitions) => {
        const ensure = (): Promise<void> => this.#targets.ensure(partitions)
        await (this.#isStarted ? whileAway(ensure, this.#stopping.signal) : ensure())
        for (const { topic } of partitions) await learnTopic(this.#producer, topic)
        this.#commits.onAssigned(partitions)
      },
      onPartitionsRevoked: async (partitions) => {
        await this.#commits.settled().catch(() => undefined) // the loop tells it
        this.#commits.onGone(partitions)
      },
      onPartitionsLost: (partitions) => this.#commits.onGone(partitions),
    })
    try {
      await awaitWithin(joining, 'mirror()', signal === null ? {} : { signal })
      if (this.#closing.hasBegun) throw closedError()
    } catch (error) {
      await this.#closeFor(0)
      throw this.#error ?? error
    }
    this.#isStarted = true
    this.#ended = this.#run()
    this.#events.started()
  }

  readonly #onAbort = (): void => {
    if (this.#isStarted) void this.#closeFor()
  }

  /** Resolves when it has been stopped, and what was read is committed, or cannot be. */
  async #run(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) await this.#mirrorPolled()
      await this.#commits.settled()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #mirrorPolled(): Promise<void> {
    const records = await this.#poll()
    if (records === null || records.count === 0) return
    for (const slice of slicesOf(records)) {
      if (await writeSlice(this.#producer, slice)) this.#mirroredBatches++
      this.#mirroredRecords += slice.count
    }
    await this.#commits.follow(records.partitions)
  }

  /** `null`: it was woken up. */
  async #poll(): Promise<ConsumerRecords | null> {
    this.#isPolling = true
    try {
      return await this.#consumer.poll()
    } catch (error) {
      if (RinglogError.is(error, 'WAKEUP')) return null
      throw error
    } finally {
      this.#isPolling = false
    }
  }

  async #close(): Promise<void> {
    this.#stopping.abort()
    if (this.#isPolling) this.#consumer.wakeup()
    await this.#closing.untilEnded(this.#ended, (timedOut) => {
      this.#givenUp = timedOut
      // What is on its way fails, so that nothing waits for it any more.
      this.#producer.close({ signal: AbortSignal.abort() }).catch(() => undefined)
    })
    this.#config.signal?.removeEventListener('abort', this.#onAbort)
    await this.#ended
    await this.#producer.close().catch(() => undefined)
    await this.#consumer.close().catch(() => undefined)
    this.#events.ended()
    if (this.#error !== null) throw this.#error
    if (this.#givenUp !== null) throw this.#givenUp
  }

  /** As `close`, but not by a call of the user's: errors come from `closed` and `onError`. */
  async #closeFor(timeoutMs?: number): Promise<void> {
    await this.#closing.within(timeoutMs).catch(() => undefined)
  }

  /** The mirror stops: nothing more can be committed. */
  #fail(cause: unknown): void {
    // What is given up as it closes is told by `close`.
    if (this.#error !== null || this.#givenUp !== null) return
    if (this.#closing.hasBegun && RinglogError.is(cause, 'BROKER_CLOSED')) return
    const error = withFatality(this.#undelivered ?? cause, true)
    this.#error = error
    if (this.#isStarted) this.#events.stopped(error) // else mirror() rejects with it
    void this.#closeFor(0)
  }
}

/** What a mirror does and has done since it was started. */
export interface MirrorMetrics {
  /** The partitions that it has now. */
  readonly assignment: TopicPartition[]
  /** Records that were given to the target: `producer` says what is acknowledged. */
  readonly mirroredRecords: number
  /** Batches among them that went as they are. */
  readonly mirroredBatches: number
  readonly consumer: ConsumerMetrics
  readonly producer: ProducerMetrics
}

/** Published on the diagnostics channel `ringlog:mirror`, in the mirror's thread. */
export type MirrorEvent = HandlingEvent<never>

function closedError(): RinglogError {
  return new RinglogError('CONSUMER_CLOSED', 'the mirror is closed')
}
