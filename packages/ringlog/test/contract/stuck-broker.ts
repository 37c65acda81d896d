import { Broker } from 'ringlog'
import { BroadcastChannel } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import type { ControllerOrder } from './ending-controller.worker.ts'
import { STICKING_CHANNEL } from './sticking-orders.ts'

/** The longest deadline of a call, which is that of `createTopic`; and what a busy machine takes. */
export const STUCK_LIMIT_MS = 60_000

export interface StuckBroker {
  readonly broker: Broker
  /** Resolves when the controller serves nobody any more. */
  readonly stickController: () => Promise<void>
  /** Resolves when the threads of the topic's partitions serve nobody any more. */
  readonly stickPartitions: (topic: string) => Promise<void>
  readonly endPartitions: (topic: string) => void
}

/** A broker whose threads can get stuck, or end, with topics `orders` and `payments` of two partitions. */
export async function startStuckBroker(maxRestarts = 0): Promise<StuckBroker> {
  const broker = await Broker.start({
    workers: {
      controller: new URL('./ending-controller.worker.ts', import.meta.url),
      partitionWorker: new URL('./sticking-partition.worker.ts', import.meta.url),
    },
    maxRestarts, // each would add to what restartPartition() may take
  })
  const sticking = new BroadcastChannel(STICKING_CHANNEL)
  const ending = new BroadcastChannel('ending-controller')
  onTestFinished(async () => {
    sticking.close()
    ending.close()
    await broker.close({ timeoutMs: 100 })
  })
  for (const topic of ['orders', 'payments']) await broker.createTopic(topic, { partitions: 2 })
  return {
    broker,
    stickController: async () => {
      const stuck = new Promise((resolve) => ending.addEventListener('message', resolve))
      ending.postMessage('getStuck' satisfies ControllerOrder)
      await stuck
    },
    endPartitions: (topic) => sticking.postMessage(`${topic} dies`),
    stickPartitions: async (topic) => {
      let stuck = 0
      await new Promise<void>((resolve) => {
        sticking.addEventListener('message', () => {
          if (++stuck === 2) resolve()
        })
        sticking.postMessage(topic)
      })
    },
  }
}
