import { RinglogError } from '../errors/ringlog-error.ts'
import type { LogClient } from './log-client.ts'

/**
 * How a client is opened again in another thread: plain data, so that it can be passed there in
 * `workerData` or a message, and given to `connect`.
 */
export interface ClientHandle {
  /** The URL of a module that exports `reopenClient`; `null`: `data` is the address of a broker. */
  readonly module: string | null
  /** What the module makes a client of. */
  readonly data: unknown
}

/** What the module of a handle exports. */
export interface ClientModule {
  /** Opens a client in this thread. */
  reopenClient(data: unknown): Promise<LogClient>
}

/** Where a client keeps its handle; a symbol of the process, so that copies of this package agree. */
export const CLIENT_HANDLE: unique symbol = Symbol.for('ringlog.handle') as typeof CLIENT_HANDLE

/** A client that can be opened again in another thread. */
export interface HandleHolder {
  readonly [CLIENT_HANDLE]: ClientHandle
}

/** @throws RinglogError INVALID_REQUEST for a client that only this thread can use. */
export function handleOf(client: LogClient): ClientHandle {
  const handle = (client as Partial<HandleHolder>)[CLIENT_HANDLE]
  if (handle !== undefined) return handle
  throw new RinglogError(
    'INVALID_REQUEST',
    'this client cannot be opened in another thread: it has no handle that names a module for that',
  )
}
