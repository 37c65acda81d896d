import {
  RinglogError,
  describeThrown,
  type ClientHandle,
  type ClientModule,
  type LogClient,
} from '@ringlog/core/internal'

/**
 * Opens a client by the module that its handle names.
 *
 * @throws RinglogError INVALID_REQUEST when the module cannot be loaded, or does not export
 *   `reopenClient`; what that rejects with.
 */
export async function reopenClient(module: string, data: unknown): Promise<LogClient> {
  let loaded: Partial<ClientModule>
  try {
    loaded = (await import(/* webpackIgnore: true */ module)) as Partial<ClientModule>
  } catch (cause) {
    throw invalid(module, `could not be loaded: ${describeThrown(cause)}`, cause)
  }
  if (typeof loaded.reopenClient === 'function') return loaded.reopenClient(data)
  throw invalid(module, 'must export reopenClient, a function')
}

/** Whether `connect` was given the handle of a client, not the address of a broker. */
export function isHandle(given: unknown): given is ClientHandle {
  return typeof given === 'object' && given !== null && 'module' in given
}

function invalid(module: string, fault: string, cause?: unknown): RinglogError {
  return new RinglogError('INVALID_REQUEST', `module ${module} of a client's handle ${fault}`, {
    cause,
    details: { module },
  })
}
