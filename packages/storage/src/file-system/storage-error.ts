import { RinglogError } from '@ringlog/core/internal/storage'
import { isSystemError } from './file-system.ts'

/**
 * Makes an error of the system's KAFKA_STORAGE_ERROR, and leaves others as they are.
 *
 * @param what Could not be done: the beginning of the message, which the system's own follows.
 */
export function storageErrorOf(
  error: unknown,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
): unknown {
  if (!isSystemError(error)) return error
  return new RinglogError('KAFKA_STORAGE_ERROR', `${what}: ${error.message}`, {
    cause: error,
    details: { ...details, systemCode: error.code },
  })
}
