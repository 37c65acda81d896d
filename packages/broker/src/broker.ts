import {
  LOG_ENGINE,
  RinglogError,
  decodeError,
  durationMsOption,
  monotonicMs,
  resolveOptions,
  type BrokerAddress,
  type EngineHolder,
  type LogClient,
  type LogEngine,
  type PartitionOffsets,
  type TopicConfig,
  type TopicDescription,
  type WireError,
} from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import { MessageChannel, Worker } from 'node:worker_threads'
import { listBroker, unlistBroker } from './broker-directory.ts'
import { BrokerState } from './broker-state.ts'
import { resolveBrokerConfig, type BrokerConfig, type ResolvedBrokerConfig } from './config.ts'
import type { ControllerStart } from './controller-start.ts'
import { LocalClient } from './local-client.ts'
import { LocalEngine } from './local-engine.ts'

/** The file that `Worker` loads, by a name that works from the source and from the build. */
const CONTROLLER_ENTRY = '@ringlog/broker/controller-worker'
const START_TIMEOUT_MS = 10_000
/** What the controller's thread may take to end after its last answer, before it is ended by force. */
const EXIT_GRACE_MS = 1_000

const CLOSE_OPTIONS = { timeoutMs: durationMsOption(30_000) }

/**
 * A log inside this process: starts the controller's thread, which starts a thread for each
 * partition. A broker is a client of itself: topics are created, and producers and consumers made, on
 * it directly; other threads `connect()`.
 *
 * It keeps the process alive until it is closed.
 */
export class Broker implements LogClient, EngineHolder {
  readonly #worker: Worker
  readonly #engine: LocalEngine
  readonly #client: LocalClient
  readonly #exited: Promise<void>
  #closing: Promise<void> | null = null

  /**
   * Starts a broker; resolves when it serves.
   *
   * @throws RinglogError INVALID_CONFIG that lists every faulty option; WORKER_CRASHED when the
   *   controller's thread did not start.
   */
  static async start(config?: BrokerConfig): Promise<Broker> {
    const resolved = resolveBrokerConfig(config)
    const brokerId = randomUUID()
    const name = resolved.name ?? 'ringlog'
    const brokerState = new BrokerState()
    const own = new MessageChannel()
    const errors = new MessageChannel()
    const workerData: ControllerStart = {
      brokerId,
      name,
      maxPartitions: resolved.maxPartitions,
      brokerState: brokerState.memory,
      ownPort: own.port2,
      errorPort: errors.port2,
    }
    const worker = new Worker(new URL(import.meta.resolve(CONTROLLER_ENTRY)), {
      workerData,
      transferList: [own.port2, errors.port2],
      name: `controller-${name}`,
    })
    let thrown: unknown
    worker.on('error', (error) => (thrown = error))
    const engine = new LocalEngine(own.port1)
    try {
      const greeting = await engine.controller.call('hello', [], {
        deadlineMs: monotonicMs() + START_TIMEOUT_MS,
      })
      engine.follow(greeting.brokerState)
      errors.port1.on('message', (wire: WireError) => report(resolved, decodeError(wire)))
      errors.port1.unref()
      return new Broker(worker, engine, greeting.address, brokerState, resolved, () => thrown)
    } catch (cause) {
      await engine.close()
      await worker.terminate()
      throw new RinglogError('WORKER_CRASHED', 'the controller of the broker did not start', {
        cause: thrown ?? cause,
      })
    }
  }

  private constructor(
    worker: Worker,
    engine: LocalEngine,
    address: BrokerAddress,
    brokerState: BrokerState,
    config: ResolvedBrokerConfig,
    thrown: () => unknown,
  ) {
    this.#worker = worker
    this.#engine = engine
    this.#client = new LocalClient(address, engine)
    listBroker(address)
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (exitCode) => {
        brokerState.setClosed()
        unlistBroker(address)
        resolve()
        if (this.#closing !== null) return
        const how = `exitCode=${exitCode}`
        const error = new RinglogError(
          'WORKER_CRASHED',
          `the controller ended unexpectedly: ${how}`,
          {
            cause: thrown(),
          },
        )
        report(config, error)
      })
    })
  }

  /** Plain data, to be passed to threads that `connect` to this broker. */
  get address(): BrokerAddress {
    return this.#client.address
  }

  get [LOG_ENGINE](): LogEngine {
    return this.#engine
  }

  createTopic(topic: string, config?: TopicConfig): Promise<TopicDescription> {
    return this.#client.createTopic(topic, config)
  }

  listTopics(): Promise<string[]> {
    return this.#client.listTopics()
  }

  describeTopic(topic: string): Promise<TopicDescription> {
    return this.#client.describeTopic(topic)
  }

  offsets(topic: string, groupId?: string): Promise<PartitionOffsets[]> {
    return this.#client.offsets(topic, groupId)
  }

  /**
   * Lets producers in all threads send what they have buffered, then ends every thread of the broker;
   * pending polls reject with BROKER_CLOSED. The process can then end by itself. Idempotent.
   *
   * @param options.timeoutMs After that, what could not be sent is failed. Default 30,000.
   */
  async close(options?: { timeoutMs?: number }): Promise<void> {
    const { timeoutMs } = resolveOptions('close options', CLOSE_OPTIONS, options)
    this.#closing ??= this.#close(monotonicMs() + timeoutMs)
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(deadlineMs: number): Promise<void> {
    const graceMs = EXIT_GRACE_MS
    // Rejects where the controller is gone already, or does not answer: its thread is then ended.
    await this.#engine.controller
      .call('closeBroker', [deadlineMs], { deadlineMs: deadlineMs + graceMs })
      .catch(() => undefined)
    const timer = setTimeout(() => void this.#worker.terminate(), graceMs)
    await this.#exited
    clearTimeout(timer)
    await this.#engine.close()
  }
}

/** An error that no call can report: to the user's callback, else as a warning of the process. */
function report(config: ResolvedBrokerConfig, error: Error): void {
  const reported = RinglogError.is(error)
    ? error
    : new RinglogError('UNKNOWN_SERVER_ERROR', error.message, { cause: error })
  if (config.onError !== null) config.onError(reported)
  else process.emitWarning(reported)
}
