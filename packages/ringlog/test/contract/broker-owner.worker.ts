/** A thread that starts a broker and ends without closing it, in one of the ways in which threads end. */
import { Broker, type BrokerAddress } from 'ringlog'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'

/** How the thread that has the broker ends. */
export type OwnerEnd =
  /** By `process.exit()` of its own. */
  | 'exits'
  /** By an error that nobody catches. */
  | 'throws'
  /** Ended by the thread that started it. */
  | 'isTerminated'
  /** With the thread that started it, which ends itself. */
  | 'goesWithItsParent'

export interface OwnerData {
  readonly end: OwnerEnd
  readonly topic: string
  /** What it waits after it has been told to end. */
  readonly delayMs: number
}

if (!isMainThread) await run(workerData as OwnerData)

async function run(data: OwnerData): Promise<void> {
  if (data.end === 'goesWithItsParent') return runParent(data)
  const broker = await Broker.start()
  await broker.createTopic(data.topic)
  parentPort!.once('message', () => {
    if (data.end === 'isTerminated') return // whoever started it does that
    setTimeout(() => {
      if (data.end === 'exits') process.exit(1)
      throw new Error('ends the owner')
    }, data.delayMs)
  })
  const { address } = broker
  parentPort!.postMessage(address satisfies BrokerAddress)
}

/** Has another thread start the broker, and ends before it. */
function runParent(data: OwnerData): void {
  const child: OwnerData = { ...data, end: 'isTerminated' }
  const owner = new Worker(new URL(import.meta.url), { workerData: child })
  owner.once('message', (address) => parentPort!.postMessage(address))
  parentPort!.once('message', () => setTimeout(() => process.exit(1), data.delayMs))
}
