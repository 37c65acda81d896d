import { RinglogError } from '@ringlog/core/internal'

/** `FaultInjector.killClient` of the client with which its log ends. */
export function refuseToKill(): never {
  throw new RinglogError(
    'INVALID_REQUEST',
    'killClient() takes a client from connect(): a broker ends by close()',
  )
}
