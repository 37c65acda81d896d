import { connect } from '@ringlog/broker'
import { Consumer } from '@ringlog/consumer'
import {
  RinglogError,
  decodeThrown,
  describeThrown,
  encodeError,
  systemClock,
  type LogClient,
} from '@ringlog/core/internal'
import { performance } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'
import type { HandlerContext, HandlerModule } from '../handling/handler-context.ts'
import { HandlerProducer } from '../handling/handler-producer.ts'
import { reportHandlers } from '../handling/handler-report.ts'
import { HandlingLoop } from '../handling/handling-loop.ts'
import type { Handlers } from '../handling/handling-parts.ts'
import { limitsOf } from '../handling/limits.ts'
import { makeContext } from '../handling/make-context.ts'
import { AttemptLedger } from '../wire/attempt-ledger.ts'
import { CrashReports, decodeCrash } from '../wire/crash-reports.ts'
import type { ThreadMetrics } from '../wire/thread-metrics.ts'
import type { PoolMessage, ThreadMessage, ThreadStart } from '../wire/thread-message.ts'
import { loadHandler } from './handler-module.ts'
import { RunAnswers } from './run-answers.ts'
import { RunningHandlers } from './running-handlers.ts'

/**
 * One thread of a pool: loads the handler module, and has a loop run until the pool stops it.
 *
 * Thread: the pool thread's.
 */
export class PoolThread {
  readonly #start: ThreadStart
  readonly #crashes = new CrashReports()
  /** Aborted with what is aborted before there is a loop. */
  readonly #abort = new AbortController()
  #isStopped = false
  #client: LogClient | null = null
  #consumer!: Consumer
  #producer!: HandlerProducer
  #context!: HandlerContext
  #loop: HandlingLoop | null = null

  constructor(start: ThreadStart) {
    this.#start = start
    for (const crash of start.crashes) this.#crashes.add(decodeCrash(crash))
    start.port.on('message', (message: PoolMessage) => this.#receive(message))
  }

  /** Resolves when the pool has stopped the thread, and what ran is finished and committed. */
  async run(): Promise<void> {
    try {
      this.#client = await connect(this.#start.handle)
      const { handler, concurrency, topics } = this.#start
      const module = await loadHandler(handler, concurrency)
      const loop = this.#prepare(this.#client, module)
      await this.#hook(module, 'start')
      try {
        await loop.join(topics)
        this.#post({ type: 'ready' })
        await loop.run()
      } finally {
        await this.#hook(module, 'stop')
      }
    } finally {
      this.#producer?.letClose()
      await this.#client?.close()
    }
  }

  #prepare(client: LogClient, module: HandlerModule): HandlingLoop {
    const { port, poolId, data, threadIndex, concurrency, consumer: config } = this.#start
    const { keySerde, valueSerde } = module
    const { groupId, clientId = `${groupId}-${threadIndex}` } = config
    const consumer = new Consumer(client, { ...config, clientId, keySerde, valueSerde })
    const producer = new HandlerProducer(client, clientId)
    const ledger = new AttemptLedger(this.#start.ledger)
    this.#consumer = consumer
    this.#producer = producer
    const { signal } = this.#abort
    this.#context = makeContext({ client, consumer, producer, data, signal, threadIndex })
    const loop = new HandlingLoop({
      consumer,
      producer,
      context: this.#context,
      handlers: handlersOf(module),
      retries: this.#start,
      limits: limitsOf(config, {
        orderBy: concurrency,
        maxRunning: Infinity,
        isDeserialized: keySerde !== undefined || valueSerde !== undefined,
      }),
      tracing: new RunningHandlers({ ledger, threadIndex, client, consumer }),
      answers: new RunAnswers(poolId, port),
      clock: systemClock,
      crashOf: (record) => this.#crashes.errorOf(record),
      events: {
        onAssigned: (partitions) => this.#post({ type: 'assigned', partitions }),
        onBroken: (error) => this.#post({ type: 'broken', error: encodeError(error) }),
        onFailure: (error) => this.#post({ type: 'failed', error: encodeError(error) }),
        // Only the end of its thread ends it: the pool starts another in its place.
        onStuck: (error) => {
          throw error
        },
      },
    })
    reportHandlers(client, { clientId, groupId, metrics: () => loop.metrics() })
    this.#loop = loop
    if (this.#isStopped) loop.stop()
    return loop
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

  #receive(message: PoolMessage): void {
    if (message.type === 'stop') {
      this.#isStopped = true
      this.#loop?.stop()
    } else if (message.type === 'crashed') this.#crashes.add(decodeCrash(message.crash))
    else if (message.type === 'metrics') this.#tellMetrics()
    else {
      const reason = decodeThrown(message.reason)
      this.#abort.abort(reason)
      this.#loop?.abort(reason)
    }
  }

  /** The pool asks a thread that is ready. */
  #tellMetrics(): void {
    const metrics: ThreadMetrics = {
      threadIndex: this.#start.threadIndex,
      threadId,
      assignment: this.#consumer.assignment(),
      ...this.#loop!.metrics(),
      utilization: performance.eventLoopUtilization().utilization,
      consumer: this.#consumer.metrics(),
      producer: this.#producer.metrics(),
    }
    this.#post({ type: 'metrics', metrics })
  }

  #post(message: ThreadMessage): void {
    this.#start.port.postMessage(message)
  }
}

function handlersOf(module: HandlerModule): Handlers {
  return {
    handle:
      module.handle === undefined ? null : (record, context) => module.handle!(record, context),
    handleBatch:
      module.handleBatch === undefined
        ? null
        : (records, context) => module.handleBatch!(records, context),
  }
}
