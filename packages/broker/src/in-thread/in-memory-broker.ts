import {
  FAULT_INJECTOR,
  MAX_TIMER_MS,
  checkWaitOptions,
  usersThread,
  type BrokerAddress,
  type FaultInjector,
} from '@ringlog/core/internal'
import { inThisThread } from '@ringlog/partition-worker'
import { randomUUID } from 'node:crypto'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { listBroker, unlistBroker } from '../client/broker-directory.ts'
import { listInMemoryLog } from '../client/in-memory-logs.ts'
import { LocalClient } from '../client/local-client.ts'
import { LocalEngine } from '../client/local-engine.ts'
import { receiveEvents } from '../client/receive-events.ts'
import { refuseToKill } from '../client/refuse-to-kill.ts'
import { Controller } from '../controller/controller.ts'
import { BrokerState } from '../wire/broker-state.ts'
import { CONNECT_MESSAGE } from '../wire/controller-start.ts'
import { resolveInMemoryConfig, type InMemoryConfig } from './config.ts'

const CLOSE_TIMEOUT_MS = 30_000
/** No thread of the log's can die. */
const NO_RESTARTS = { maxRestarts: 0, restartWindowMs: 1 }

/**
 * A log in the calling thread: the controller and the partition workers of a broker, without a thread of
 * their own. They are called by messages, as from another thread, and run when this thread's event loop turns.
 *
 * Nothing of it keeps the process alive: what waits for it does.
 */
export class InMemoryBroker extends LocalClient {
  readonly #engine: LocalEngine
  #closing: Promise<void> | null = null

  /** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
  static async start(config?: InMemoryConfig): Promise<InMemoryBroker> {
    const { name, maxPartitions, groupExpiryMs, clock, onError } = resolveInMemoryConfig(config)
    const brokerId = randomUUID()
    const own = new MessageChannel()
    const events = new MessageChannel()
    const thread = usersThread(clock)
    const controller = new Controller(
      {
        brokerId,
        name: name ?? 'in-memory',
        maxPartitions,
        restartLimits: NO_RESTARTS,
        poolWorkerUrl: null,
        groupExpiryMs,
        brokerState: new BrokerState().memory,
        ownPort: own.port2,
        eventPort: events.port2,
      },
      { thread, startPartition: inThisThread(thread) },
    )
    receiveEvents(events.port1, onError)
    const options = { clock, blocking: 'returns' } as const
    const engine = new LocalEngine(own.port1, options)
    const address = await engine.greet(Infinity)
    const takePort = (port: MessagePort): void =>
      controller.connect({ type: CONNECT_MESSAGE, brokerId, port })
    const unlist = listInMemoryLog(brokerId, takePort, options)
    listBroker(address)
    void controller.closed.then(() => {
      unlist()
      unlistBroker(address)
    })
    return new InMemoryBroker(address, engine)
  }

  private constructor(address: BrokerAddress, engine: LocalEngine) {
    super(address, engine)
    this.#engine = engine
  }

  /** @internal */
  override get [FAULT_INJECTOR](): FaultInjector {
    return { ...super[FAULT_INJECTOR], killClient: refuseToKill }
  }

  /**
   * Lets producers send what they have buffered, then ends the log; pending polls reject with
   * BROKER_CLOSED. Idempotent.
   *
   * @param options.timeoutMs After that, in time of the process, what could not be sent is failed. Default 30,000.
   *   Of several calls the most impatient counts.
   * @throws RinglogError INVALID_REQUEST for an option that there is not, or a time that is none.
   */
  override async close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    checkWaitOptions('close()', options, ['timeoutMs'])
    const timeoutMs = Math.min(options.timeoutMs ?? CLOSE_TIMEOUT_MS, MAX_TIMER_MS)
    const deadlineMs = this.#engine.clock.nowMs() + timeoutMs
    const closed = this.#engine.controller.call('closeBroker', [deadlineMs], {
      deadlineMs: Infinity,
    })
    closed.catch(() => undefined) // a further call's, once the log is closed
    this.#closing ??= closed.then(() => this.#engine.close())
    await this.#closing
  }
}
