import { RinglogError, type BrokerAddress } from '@ringlog/core/internal'
import { MessageChannel, threadId, type MessagePort } from 'node:worker_threads'
import { LocalClient } from './local-client.ts'
import { LocalEngine, type LocalEngineOptions } from './local-engine.ts'

/** Of a log that lives in this thread: takes the port of a client. */
type TakePort = (port: MessagePort) => void

/** The logs that live in this thread, by their broker ids. */
const logs = new Map<string, { takePort: TakePort; engine: LocalEngineOptions }>()

/**
 * Lets clients connect to a log that lives in this thread, until the returned function is called.
 *
 * @param engine Of its clients.
 */
export function listInMemoryLog(
  brokerId: string,
  takePort: TakePort,
  engine: LocalEngineOptions,
): () => void {
  logs.set(brokerId, { takePort, engine })
  return () => logs.delete(brokerId)
}

/**
 * Connects to a log that lives in this thread.
 *
 * @throws RinglogError BROKER_NOT_AVAILABLE when it is closed, or lives in another thread.
 */
export async function connectInMemory(address: BrokerAddress): Promise<LocalClient> {
  const log = logs.get(address.brokerId)
  if (log === undefined) throw notAvailable(address)
  const { port1, port2 } = new MessageChannel()
  const engine = new LocalEngine(port1, log.engine)
  log.takePort(port2)
  try {
    await engine.greet(Infinity)
  } catch (cause) {
    await engine.close()
    throw notAvailable(address, cause)
  }
  return new LocalClient(address, engine)
}

function notAvailable(address: BrokerAddress, cause?: unknown): RinglogError {
  const { name, brokerId, controllerThreadId } = address
  const why =
    controllerThreadId === threadId
      ? 'is closed'
      : `lives in thread ${controllerThreadId}, which called inMemoryClient(), and serves no other: threads share ` +
        'a broker, await Broker.start()'
  return new RinglogError('BROKER_NOT_AVAILABLE', `the log ${name} (${brokerId}) ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { address },
  })
}
