import { connect } from '@ringlog/broker'
import { Consumer, type ConsumerRecords } from '@ringlog/consumer'
import {
  RinglogError,
  clearTimer,
  decodeThrown,
  describeThrown,
  encodeError,
  monotonicMs,
  setTimer,
  setTurnEnd,
  engineOf,
  type EngineUser,
  type HandlerMetrics,
  type LogClient,
} from '@ringlog/core/internal'
import { performance } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'
import { AttemptLedger } from '../wire/attempt-ledger.ts'
import { CrashReports, decodeCrash } from '../wire/crash-reports.ts'
import { HandledCommits } from '../handling/handled-commits.ts'
import type { HandlerContext, HandlerModule } from '../handling/handler-context.ts'
import { guardClient, guardConsumer } from '../handling/handler-guard.ts'
import { loadHandler } from './handler-module.ts'
import { HandlerProducer } from '../handling/handler-producer.ts'
import type { HandlerQueue, PartitionWork } from '../handling/partition-work.ts'
import { PartitionWorks } from '../handling/partition-works.ts'
import type { ThreadMetrics } from '../pool/pool-metrics.ts'
import { RecordHandling } from '../handling/record-handling.ts'
import { RecordOutcomes } from '../handling/record-outcomes.ts'
import { RunAnswers } from './run-answers.ts'
import { RunningHandlers } from './running-handlers.ts'
import type { PoolMessage, ThreadMessage, ThreadStart } from '../wire/thread-message.ts'

/** Handlers that never wait let the event loop turn after so long. */
const MAX_TURN_MS = 10
/** How long handlers may run before the thread polls again, which takes part in rebalances. */
const POLL_AGAIN_MS = 20
const ENDLESS_QUEUE = 10_000
/** Kafka's, and a consumer's. */
const DEFAULT_MAX_POLL_INTERVAL_MS = 300_000

/**
 * One thread's loop: polls, queues records and runs the queues, flushes what handlers wrote, commits.
 * It polls on while handlers run, so that a rebalance never waits for more than those that run.
 *
 * Thread: the pool thread's.
 */
export class PoolThread {
  readonly #start: ThreadStart
  readonly #stopping = new AbortController()
  readonly #abort = new AbortController()
  readonly #ledger: AttemptLedger
  readonly #running: RunningHandlers
  readonly #crashes = new CrashReports()
  #client: LogClient | null = null
  #consumer!: Consumer
  #producer!: HandlerProducer
  #context!: HandlerContext
  #works!: PartitionWorks
  #commits!: HandledCommits
  #outcomes!: RecordOutcomes
  #handling!: RecordHandling
  #failure: { readonly error: unknown } | null = null
  #runningQueues = 0
  #progress: (() => void) | null = null
  #isPolling = false
  #turnStartMs = 0
  #nextTurn: Promise<void> | null = null

  constructor(start: ThreadStart) {
    this.#start = start
    this.#ledger = new AttemptLedger(start.ledger)
    this.#running = new RunningHandlers(this.#ledger, start.threadIndex)
    for (const crash of start.crashes) this.#crashes.add(decodeCrash(crash))
    start.port.on('message', (message: PoolMessage) => this.#receive(message))
  }

  /** Resolves when the pool has stopped the thread, and what ran is finished and committed. */
  async run(): Promise<void> {
    try {
      this.#client = await connect(this.#start.handle)
      const module = await this.#prepare(this.#client)
      await this.#hook(module, 'start')
      try {
        await this.#consumer.subscribe(this.#start.topics, this.#works)
        this.#post({ type: 'ready' })
        await this.#loop()
      } finally {
        await this.#hook(module, 'stop')
      }
    } finally {
      this.#producer?.letClose()
      await this.#client?.close()
    }
  }

  async #prepare(client: LogClient): Promise<HandlerModule> {
    const { port, poolId, handler, data, threadIndex, concurrency } = this.#start
    const { maxPollRecords = 500, autoCommitIntervalMs = 0, autoOffsetReset } = this.#start.consumer
    const { maxPollIntervalMs = DEFAULT_MAX_POLL_INTERVAL_MS } = this.#start.consumer
    const { groupId, clientId = `${groupId}-${threadIndex}` } = this.#start.consumer
    const consumer = new Consumer(client, { ...this.#start.consumer, clientId })
    const producer = new HandlerProducer(client, clientId)
    const running = this.#running
    const stopping = this.#stopping.signal
    this.#consumer = consumer
    this.#producer = producer
    const module = await loadHandler(handler, concurrency)
    this.#context = {
      data,
      client: guardClient(client),
      consumer: guardConsumer(consumer),
      producer,
      produce: (record) => producer.produce(record),
      signal: this.#abort.signal,
      threadIndex,
      attempt: 1,
    }
    this.#works = new PartitionWorks({
      consumer,
      context: this.#context,
      ledger: this.#ledger,
      running,
      isByKey: concurrency === 'key',
      maxQueued: maxPollRecords === Infinity ? ENDLESS_QUEUE : maxPollRecords,
      maxPollIntervalMs,
      isLatest: autoOffsetReset === 'latest',
      stopping,
      commit: () => this.#commits.commit(true),
      onAssigned: (partitions) => this.#post({ type: 'assigned', partitions }),
    })
    const { works } = this.#works
    this.#commits = new HandledCommits({ consumer, producer, works, autoCommitIntervalMs })
    this.#outcomes = new RecordOutcomes({
      retries: this.#start,
      producer,
      answers: new RunAnswers(poolId, port),
      crashes: this.#crashes,
      stopping,
      commit: () => this.#commits.commit(true),
    })
    engineOf(client).attach({
      ...NOTHING_TO_CLOSE,
      report: () => ({ kind: 'handler', clientId, groupId, metrics: this.#handlerMetrics() }),
    })
    const outcomes = this.#outcomes
    this.#handling = new RecordHandling({ module, producer, running, outcomes })
    return module
  }

  async #loop(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) {
        this.#take(await this.#poll())
        if (this.#runningQueues > 0) await this.#someProgress()
        await this.#commits.commit(this.#runningQueues === 0)
        this.#works.limitQueues()
      }
    } catch (error) {
      this.#fail(error)
    }
    await this.#works.giveUp()
    await this.#commits.commit(true).catch((error: unknown) => this.#fail(error))
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Whether queues run, or were done while the last commit waited for what handlers wrote. */
  get #isBusy(): boolean {
    return this.#runningQueues > 0 || this.#commits.isWanted
  }

  async #poll(): Promise<ConsumerRecords | null> {
    this.#isPolling = true
    try {
      return await this.#consumer.poll(this.#isBusy ? { timeoutMs: 0 } : {})
    } catch (error) {
      if (RinglogError.is(error, 'WAKEUP')) return null
      const told = this.#works.setAside(error)
      if (told === null) throw error
      if (told === 'news') this.#post({ type: 'broken', error: encodeError(error) })
      return null
    } finally {
      this.#isPolling = false
      this.#turnStartMs = monotonicMs()
    }
  }

  #take(records: ConsumerRecords | null): void {
    if (records === null) return
    for (const [work, queue] of this.#works.add(records)) void this.#runQueue(work, queue)
  }

  async #runQueue(work: PartitionWork, queue: HandlerQueue): Promise<void> {
    this.#runningQueues++
    queue.isRunning = true
    try {
      if (work.before !== null) await work.before
      let slot = this.#running.takeSlot(work)
      for (; slot === null; slot = this.#running.takeSlot(work)) await this.#running.change()
      queue.slot = slot
      await this.#handleAll(work, queue)
    } catch (error) {
      this.#fail(error)
    }
    this.#running.leaveSlot(queue.slot, work.tag)
    this.#runningQueues--
    work.leave(queue)
    this.#progress?.()
  }

  /** Handles a queue's records one after the other, and those that come meanwhile. */
  async #handleAll(work: PartitionWork, queue: HandlerQueue): Promise<void> {
    const isByKey = this.#start.concurrency === 'key'
    while (queue.records.length > 0 && !this.#outcomes.isOver(work)) {
      const outcome = this.#handling.handleNext(queue, work)
      // Keys take turns: a commit cannot pass the records of other keys that are not finished.
      const isFinished = typeof outcome === 'boolean' && !isByKey ? outcome : await outcome
      if (!isFinished) return
      if (monotonicMs() - this.#turnStartMs >= MAX_TURN_MS) await this.#turn()
    }
  }

  /** All queues wait for the same turn: one that went on before the others would have it to itself. */
  #turn(): Promise<void> {
    this.#nextTurn ??= new Promise<void>((resolve) => {
      setTurnEnd(() => {
        this.#nextTurn = null
        this.#turnStartMs = monotonicMs()
        resolve()
      })
    })
    return this.#nextTurn
  }

  /** Resolves when a queue is done, or after a while. */
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
    else if (message.type === 'crashed') this.#crashes.add(decodeCrash(message.crash))
    else if (message.type === 'metrics') this.#post({ type: 'metrics', metrics: this.#metrics() })
    else {
      const reason = decodeThrown(message.reason)
      this.#abort.abort(reason)
      for (const work of this.#works?.all ?? []) work.abort(reason)
    }
  }

  #metrics(): ThreadMetrics {
    return {
      threadIndex: this.#start.threadIndex,
      threadId,
      assignment: this.#consumer.assignment(),
      ...this.#handlerMetrics(),
      utilization: performance.eventLoopUtilization().utilization,
      consumer: this.#consumer.metrics(),
      producer: this.#producer.metrics(),
    }
  }

  #handlerMetrics(): HandlerMetrics {
    const { handledRecords, failedAttempts, deadLetteredRecords } = this.#outcomes
    let pendingRecords = 0
    for (const { offsets } of this.#works.all) pendingRecords += offsets.pending
    return { handledRecords, failedAttempts, deadLetteredRecords, pendingRecords }
  }

  #post(message: ThreadMessage): void {
    this.#start.port.postMessage(message)
  }
}

/** The loop itself is ended by the pool, and what it uses by its client. */
const NOTHING_TO_CLOSE: Omit<EngineUser, 'report'> = {
  drain: () => Promise.resolve(),
  close: () => Promise.resolve(),
  fail: () => undefined,
}
