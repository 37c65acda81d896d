/**
 * A thread with every wait of a client, or that blocks in one: it tells for how many it waits, then how each
 * has ended; then it is to end by itself.
 */
import { Consumer, RinglogError, connect, type BrokerAddress } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'
import { TOPICS, beginWaits } from './waiting-clients.ts'

/** How a wait has ended. */
export interface Told {
  readonly wait: string
  readonly code: string
  readonly message: string
  readonly cause: string
}

export interface WaitingClientsData {
  readonly address: BrokerAddress
  readonly blocks: boolean
}

const { address, blocks } = workerData as WaitingClientsData
const client = await connect(address)
if (blocks) {
  const consumer = new Consumer(client)
  await consumer.assign([{ topic: TOPICS.empty, partition: 0 }])
  parentPort!.postMessage(1)
  try {
    consumer.pollSync({ timeoutMs: 30_000 })
  } catch (error) {
    tell('pollSync', error)
  }
} else {
  const waits = await beginWaits(client)
  parentPort!.postMessage(Object.keys(waits).length)
  for (const [wait, ended] of Object.entries(waits)) {
    void ended.then(
      () => tell(wait, 'resolved'),
      (error: unknown) => tell(wait, error),
    )
  }
  await Promise.allSettled(Object.values(waits))
}
function tell(wait: string, error: unknown): void {
  const { message, cause } = error as Error
  const code = RinglogError.is(error) ? error.code : String(error)
  const told: Told = { wait, code, message, cause: String(cause) }
  parentPort!.postMessage(told)
}
