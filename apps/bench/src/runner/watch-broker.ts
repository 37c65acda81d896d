import { setTimeout as sleep } from 'node:timers/promises'
import { RinglogError, connect } from 'ringlog'
import { startMonitor } from 'ringlog/monitor'

const LOOK_MS = 50

/**
 * Serves a live page of the broker that the run starts, as soon as there is one; the page ends with the broker.
 * What keeps it from being served is told, and the run goes on without.
 *
 * @param over Aborted when the run is over.
 */
export async function watchBroker(port: number, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    try {
      await startMonitor(await connect(), { port })
      return
    } catch (error) {
      if (!RinglogError.is(error, 'BROKER_NOT_AVAILABLE')) {
        if (!over.aborted) console.error(`--watch: ${(error as Error).message}`)
        return
      }
    }
    await sleep(LOOK_MS, undefined, { ref: false })
  }
}
