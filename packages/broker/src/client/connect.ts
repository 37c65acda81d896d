import {
  RinglogError,
  monotonicMs,
  show,
  type BrokerAddress,
  type ClientHandle,
  type LogClient,
} from '@ringlog/core/internal'
import workerThreads, { MessageChannel, threadId } from 'node:worker_threads'
import { onlyBroker } from './broker-directory.ts'
import { connectInMemory } from './in-memory-logs.ts'
import { CONNECT_MESSAGE, type ConnectMessage } from '../wire/controller-start.ts'
import { LocalClient } from './local-client.ts'
import { LocalEngine } from './local-engine.ts'
import { isHandle, reopenClient } from './reopen-client.ts'

/** Connecting passes through the main thread's event loop once: so long it may be busy. */
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Connects this thread to a broker of the process. Several clients of one thread are independent.
 *
 * Thread: any. The main thread's event loop must turn once meanwhile; afterwards nothing passes
 * through it.
 *
 * @param to `broker.address`; absent: the process's only broker, as far as this thread knows. A
 *   thread that was there before the broker must be given the address. Or the handle of a client of
 *   another log, which its module opens again here.
 * @throws RinglogError BROKER_NOT_AVAILABLE when there is no such broker, or when the main thread
 *   was blocked for 10 s, or when the log is an in-memory one of another thread. INVALID_REQUEST when a handle's module does not export `reopenClient`.
 */
export async function connect(to: BrokerAddress | ClientHandle = onlyBroker()): Promise<LogClient> {
  if (!isHandle(to)) return to?.isInMemory === true ? connectInMemory(to) : connectTo(to)
  return to.module === null ? connectTo(to.data) : reopenClient(to.module, to.data)
}

async function connectTo(address: unknown): Promise<LogClient> {
  assertAddress(address)
  const deadlineMs = monotonicMs() + CONNECT_TIMEOUT_MS
  const { port1, port2 } = new MessageChannel()
  const engine = new LocalEngine(port1)
  const letGo = engine.keepAlive() // handing over has no handle of its own
  try {
    // The greeting waits in the port. A controller that ends closes it; the handing over would not hear of that.
    await Promise.all([handOver(address, port2, deadlineMs), engine.greet(deadlineMs)])
    return new LocalClient(address, engine)
  } catch (cause) {
    await engine.close()
    if (RinglogError.is(cause, 'BROKER_NOT_AVAILABLE')) throw cause
    throw new RinglogError(
      'BROKER_NOT_AVAILABLE',
      `broker ${address.name} (${address.brokerId}) cannot be reached: it is closed, or the main thread was ` +
        `blocked for ${CONNECT_TIMEOUT_MS} ms (connecting passes through its event loop once)`,
      { cause, details: { address } },
    )
  } finally {
    letGo()
  }
}

async function handOver(
  address: BrokerAddress,
  port: MessageChannel['port2'],
  deadlineMs: number,
): Promise<void> {
  const { brokerId, controllerThreadId } = address
  const message: ConnectMessage = { type: CONNECT_MESSAGE, brokerId, port }
  const timeoutMs = deadlineMs - monotonicMs()
  // Not imported by name: a Node.js that lacks it could not link this, and would not say what it needs.
  await workerThreads.postMessageToThread(controllerThreadId, message, [port], timeoutMs)
}

function assertAddress(address: unknown): asserts address is BrokerAddress {
  const { brokerId, controllerThreadId, processId } = (address ?? {}) as Partial<BrokerAddress>
  if (typeof brokerId !== 'string' || !Number.isInteger(controllerThreadId)) {
    throw new RinglogError(
      'BROKER_NOT_AVAILABLE',
      `connect() takes a broker.address, got ${show(address)}`,
    )
  }
  if (processId !== process.pid || controllerThreadId === threadId) {
    throw new RinglogError(
      'BROKER_NOT_AVAILABLE',
      `the broker at this address runs in process ${String(processId)}; this is ${process.pid}, ` +
        'and shared memory does not cross processes',
    )
  }
}
