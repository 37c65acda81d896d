import { RinglogError } from '@ringlog/core'
import { Finding } from './target.ts'

/** Runs what may refuse its input: by a RinglogError and nothing else. Returns the refusal, or `null`. */
export function refusalOf(run: () => unknown): RinglogError | null {
  try {
    run()
    return null
  } catch (error) {
    return assertRefusal(error)
  }
}

/** @throws Finding where the error is none of ours. */
export function assertRefusal(error: unknown): RinglogError {
  if (error instanceof Finding) throw error
  if (RinglogError.is(error) && typeof error.code === 'string') return error
  throw new Finding(`another error than a RinglogError: ${String(error)}`, { cause: error })
}

/** An error in words that are the same for all inputs of a kind. */
export function kindOf(error: RinglogError): string {
  return `${error.code} ${error.message.replaceAll(/-?\d+(\.\d+)?(e\+\d+)?/g, '#').slice(0, 100)}`
}
