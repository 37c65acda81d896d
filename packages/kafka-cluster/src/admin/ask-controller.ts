import { RinglogError, exponentialBackoffMs, type RinglogErrorCode } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { delay } from '../connection/broker-lane.ts'
import type { ClusterApi } from '../connection/cluster-api.ts'
import { ANY_NODE } from '../connection/cluster-connections.ts'
import { isLastingError } from '../connection/cluster-errors.ts'

/** The controller is another one by now, or cannot be reached: nothing was done. */
const RETRIED_CODES: ReadonlySet<RinglogErrorCode> = new Set([
  'NOT_CONTROLLER',
  'BROKER_NOT_AVAILABLE',
  'THROTTLING_QUOTA_EXCEEDED',
])

/**
 * Has the cluster's controller do something, again where it turns out to be another one.
 *
 * @param what The request's first argument; the second is the time that the controller may take.
 * @throws RinglogError that of the response; NETWORK_EXCEPTION and REQUEST_TIMED_OUT: whether it was done is not known.
 */
export async function askController<What, Rest extends unknown[], Response>(
  { connections, metadata, clock, config }: Cluster,
  apis: ReadonlyArray<ClusterApi<[what: What, timeoutMs: number, ...rest: Rest], Response>>,
  what: NoInfer<What>,
  options: { readonly deadlineMs: number },
  ...rest: Rest
): Promise<Response> {
  for (let attempts = 1; ; attempts++) {
    const leftMs = Math.max(1, Math.ceil(options.deadlineMs - clock.nowMs()))
    const args: [What, number, ...Rest] = [what, Math.min(leftMs, config.requestTimeoutMs), ...rest]
    const { controllerId } = metadata
    const isKnown = connections.endpointOf(controllerId) !== undefined
    let isAsked = false
    try {
      if (isKnown) await connections.connect(controllerId, options)
      isAsked = true
      return await connections.request(isKnown ? controllerId : ANY_NODE, apis, args, options)
    } catch (error) {
      if (!RinglogError.is(error)) throw error
      // Where no connection opened, nothing was done.
      const isUndone = !isAsked && error.retriable && !isLastingError(error)
      if (!isUndone && !RETRIED_CODES.has(error.code)) throw error
      const backoffMs = exponentialBackoffMs(config.retryBackoffMs, attempts, clock.random())
      if (clock.nowMs() + backoffMs >= options.deadlineMs) throw error
      await delay(clock, backoffMs)
      await metadata.connect(options)
    }
  }
}
