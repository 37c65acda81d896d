import { connect } from '@ringlog/broker'
import { Consumer, type ConsumerRecords } from '@ringlog/consumer'
import {
  RinglogError,
  clearTimer,
  decodeThrown,
  describeThrown,
  encodeError,
  monotonicMs,
  partitionKey,
  setTimer,
  setTurnEnd,
  type LogClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import { Producer } from '@ringlog/producer'
import { performance } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'
import type { HandlerContext, HandlerModule } from './handler-context.ts'
import { loadHandler } from './handler-module.ts'
import { limitWait } from './limit-wait.ts'
import { PartitionWork, type Lane } from './partition-work.ts'
import type { ThreadMetrics } from './pool-metrics.ts'
import { RecordHandling } from './record-handling.ts'
import { RunAnswers } from './run-answers.ts'
import type { PoolMessage, ThreadMessage, ThreadStart } from './thread-message.ts'

/** Handlers that never wait let the event loop turn after so long. */
const MAX_TURN_MS = 10
/** How long handlers may run before the thread polls again, to hear what its group wants. */
const POLL_AGAIN_MS = 20
const ENDLESS_QUEUE = 10_000
/** Kafka's, and a consumer's. */
const DEFAULT_MAX_POLL_INTERVAL_MS = 300_000

/**
 * One thread's loop: polls, has records handled in their lanes, flushes what handlers wrote, commits.
 * It polls on while handlers run, so that a rebalance never waits for more than those that run.
 *
 * Thread: the pool thread's.
 */
export class PoolThread {
  readonly #start: ThreadStart
  readonly #maxQueued: number
  readonly #works = new Map<string, PartitionWork>()
  /** By partition: what was lost, while handlers of it still run. */
  readonly #lostWorks = new Map<string, Promise<void>>()
  readonly #stopping = new AbortController()
  readonly #abort = new AbortController()
  #client: LogClient | null = null
  #consumer!: Consumer
  #producer!: Producer
  #context!: HandlerContext
  #handling!: RecordHandling
  #failure: { readonly error: unknown } | null = null
  #runningLanes = 0
  #progress: (() => void) | null = null
  #isPolling = false
  #turnStartMs = 0
  #nextCommitMs = 0
  /** Not once something that handlers wrote has failed: what it was written for is to be handled again. */
  #isCommitting = true

  constructor(start: ThreadStart) {
    this.#start = start
    const { maxPollRecords = 500 } = start.consumer
    this.#maxQueued = maxPollRecords === Infinity ? ENDLESS_QUEUE : maxPollRecords
    start.port.on('message', (message: PoolMessage) => this.#receive(message))
  }

  /** Resolves when the pool has told it to stop, and what ran is finished and committed. */
  async run(): Promise<void> {
    const { port, address, consumer, topics, handler, data, threadIndex } = this.#start
    try {
      const client = await connect(address)
      this.#client = client
      this.#producer = new Producer(client)
      this.#consumer = new Consumer(client, consumer)
      const module = await loadHandler(handler, this.#start.concurrency)
      this.#context = {
        data,
        client,
        consumer: this.#consumer,
        producer: this.#producer,
        signal: this.#abort.signal,
        threadIndex,
        attempt: 1,
      }
      const answers = new RunAnswers(this.#start.poolId, port)
      const stopping = this.#stopping.signal
      this.#handling = new RecordHandling({ start: this.#start, module, answers, stopping })
      await this.#hook(module, 'start')
      try {
        await this.#consumer.subscribe(topics, {
          onPartitionsAssigned: (partitions) => this.#assigned(partitions),
          onPartitionsRevoked: (partitions) => this.#revoked(partitions),
          onPartitionsLost: (partitions) => this.#lost(partitions),
        })
        this.#post({ type: 'ready' })
        await this.#loop()
      } finally {
        await this.#hook(module, 'stop')
      }
    } finally {
      await this.#client?.close()
    }
  }

  async #loop(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) {
        this.#take(await this.#poll())
        if (this.#runningLanes > 0) await this.#someProgress()
        await this.#commit(this.#runningLanes === 0)
        this.#limitQueues()
      }
    } catch (error) {
      this.#fail(error)
    }
    const ending = [...this.#works.values()].map((work) => work.giveUp())
    await Promise.all([...ending, ...this.#lostWorks.values()])
    await this.#commit(true).catch((error: unknown) => this.#fail(error))
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Whether lanes run, or have ended while the last commit waited for what handlers wrote. */
  get #isBusy(): boolean {
    if (this.#runningLanes > 0) return true
    return [...this.#works.values()].some(({ offsets }) => offsets.committable !== null)
  }

  async #poll(): Promise<ConsumerRecords | null> {
    this.#isPolling = true
    try {
      return await this.#consumer.poll(this.#isBusy ? { timeoutMs: 0 } : {})
    } catch (error) {
      if (RinglogError.is(error, 'WAKEUP')) return null
      throw error
    } finally {
      this.#isPolling = false
      this.#turnStartMs = monotonicMs()
    }
  }

  #take(records: ConsumerRecords | null): void {
    if (records === null) return
    const standing: Array<[PartitionWork, Lane]> = []
    for (const p of records.partitions) {
      const work = this.#works.get(partitionKey(p))
      if (work === undefined) continue
      for (const record of records.records(p)) {
        const lane = work.add(record)
        if (lane !== null) standing.push([work, lane])
      }
    }
    for (const [work, lane] of standing) void this.#runLane(work, lane)
  }

  /** Handles what is in a lane, one after the other, and what comes meanwhile. */
  async #runLane(work: PartitionWork, lane: Lane): Promise<void> {
    this.#runningLanes++
    lane.isRunning = true
    try {
      if (work.before !== null) await work.before
      while (lane.queue.length > 0 && !work.isGivenUp && !this.#stopping.signal.aborted) {
        const outcome = this.#handling.isBatchwise
          ? this.#handling.handleBatch(lane.queue.shiftAll(), work)
          : this.#handling.handle(lane.queue.shift()!, work)
        const isFinished = typeof outcome === 'boolean' ? outcome : await outcome
        if (!isFinished) break
        if (monotonicMs() - this.#turnStartMs >= MAX_TURN_MS) await this.#turn()
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#runningLanes--
    work.leave(lane)
    this.#progress?.()
  }

  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => setTurnEnd(resolve))
    this.#turnStartMs = monotonicMs()
  }

  /** Resolves when a lane has come to its end, or after a while. */
  async #someProgress(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimer(resolve, POLL_AGAIN_MS)
      this.#progress = () => {
        clearTimer(timer)
        resolve()
      }
    })
    this.#progress = null
  }

  /** What handlers wrote is in the log before what they wrote it for is committed. */
  async #commit(isDue: boolean): Promise<void> {
    const { autoCommitIntervalMs = 0 } = this.#start.consumer
    if (!this.#isCommitting || (!isDue && monotonicMs() < this.#nextCommitMs)) return
    const commits = [...this.#works.values()].flatMap((work) => {
      const offset = work.offsets.committable
      return offset === null ? [] : [{ work, offset }]
    })
    if (commits.length === 0) return
    try {
      await this.#producer.flush()
    } catch (error) {
      this.#isCommitting = false
      throw error
    }
    try {
      await this.#consumer.commit(commits.map(({ work, offset }) => ({ ...work.at, offset })))
    } catch (error) {
      // The next poll tells what was lost, and whoever has it now handles it again.
      if (!RinglogError.is(error, 'STALE_MEMBER_EPOCH')) throw error
    }
    for (const { work, offset } of commits) work.offsets.committed(offset)
    this.#nextCommitMs = monotonicMs() + autoCommitIntervalMs
  }

  /** A partition whose records wait here already rests. */
  #limitQueues(): void {
    const paused = new Set(this.#consumer.paused().map(partitionKey))
    for (const work of this.#works.values()) {
      const { pending } = work.offsets
      const isPaused = paused.has(partitionKey(work.at))
      if (!isPaused && pending >= this.#maxQueued) this.#consumer.pause([work.at])
      else if (isPaused && pending <= this.#maxQueued / 2) this.#consumer.resume([work.at])
    }
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const isByKey = this.#start.concurrency === 'key'
    const { maxPollIntervalMs = DEFAULT_MAX_POLL_INTERVAL_MS } = this.#start.consumer
    for (const p of partitions) {
      const before = this.#lostWorks.get(partitionKey(p)) ?? null
      const work = new PartitionWork(p, this.#context, isByKey, before)
      this.#works.set(partitionKey(p), work)
      if (before !== null) limitWait(work, before, maxPollIntervalMs, () => this.#has(work))
      if (this.#start.consumer.autoOffsetReset !== 'latest') continue
      // Else nobody could tell a partition with nothing to do from one that is not done.
      const isNew = (await this.#consumer.committed(p)) === null
      if (isNew) await this.#consumer.commit([{ ...p, offset: this.#consumer.position(p) }])
    }
  }

  #has(work: PartitionWork): boolean {
    return this.#works.get(partitionKey(work.at)) === work && !this.#stopping.signal.aborted
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const works = partitions.flatMap((p) => this.#works.get(partitionKey(p)) ?? [])
    await Promise.all(works.map((work) => work.giveUp()))
    await this.#commit(true)
    for (const p of partitions) this.#works.delete(partitionKey(p))
  }

  #lost(partitions: readonly TopicPartition[]): void {
    for (const p of partitions) {
      const reason = new RinglogError(
        'STALE_MEMBER_EPOCH',
        'the group has given the partition away',
        { details: { ...p } },
      )
      const key = partitionKey(p)
      const work = this.#works.get(key)
      if (work === undefined) continue
      this.#works.delete(key)
      work.abort(reason)
      const ended = work.giveUp()
      this.#lostWorks.set(key, ended)
      void ended.then(() => {
        if (this.#lostWorks.get(key) === ended) this.#lostWorks.delete(key)
      })
    }
  }

  /** @throws RinglogError HANDLER_FAILED. */
  async #hook(module: HandlerModule, name: 'start' | 'stop'): Promise<void> {
    try {
      await module[name]?.(this.#context)
    } catch (cause) {
      throw new RinglogError(
        'HANDLER_FAILED',
        `${name} of handler ${this.#start.handler} failed: ${describeThrown(cause)}`,
        { cause },
      )
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return
    this.#failure = { error }
    this.#post({ type: 'failed', error: encodeError(error) })
    this.#stop()
  }

  #stop(): void {
    this.#stopping.abort()
    if (this.#isPolling) this.#consumer.wakeup()
    this.#progress?.()
  }

  #receive(message: PoolMessage): void {
    if (message.type === 'stop') this.#stop()
    else if (message.type === 'metrics') {
      this.#post({ type: 'metrics', metrics: this.#metrics() })
    } else {
      const reason = decodeThrown(message.reason)
      this.#abort.abort(reason)
      for (const work of this.#works.values()) work.abort(reason)
    }
  }

  #metrics(): ThreadMetrics {
    const { handledRecords, failedAttempts, deadLetteredRecords } = this.#handling
    let pendingRecords = 0
    for (const { offsets } of this.#works.values()) pendingRecords += offsets.pending
    return {
      threadIndex: this.#start.threadIndex,
      threadId,
      assignment: this.#consumer.assignment(),
      handledRecords,
      failedAttempts,
      deadLetteredRecords,
      pendingRecords,
      utilization: performance.eventLoopUtilization().utilization,
      consumer: this.#consumer.metrics(),
      producer: this.#producer.metrics(),
    }
  }

  #post(message: ThreadMessage): void {
    this.#start.port.postMessage(message)
  }
}
