import type { ConsumerRecord } from '@ringlog/consumer'
import type { RinglogError } from '@ringlog/core'

/** What a handler has come to: what it returned, or threw. */
export type HandlerEnd = { readonly value: unknown } | { readonly error: unknown }

/**
 * What an attempt has come to: the first record of its queue is finished; all is over, and it was not made; the
 * handler threw; or it was not called, for the record cannot be deserialized.
 */
export type AttemptEnd =
  'finished' | 'left' | { readonly error: unknown } | { readonly fault: unknown }

export async function endOf(call: () => unknown): Promise<HandlerEnd> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error }
  }
}

/** Why a record cannot be deserialized; `null`: it can be, and is. */
export function faultOf(record: ConsumerRecord): RinglogError | null {
  try {
    void record.key
    void record.value
    return null
  } catch (error) {
    return error as RinglogError
  }
}
