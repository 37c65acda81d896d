import { RinglogError } from '../errors/ringlog-error.ts'

/**
 * CORRUPT_MESSAGE: a ring's memory says what its writer never writes. Something else has written there: a
 * reader ends its call, however the words read, instead of walking on by them for ever.
 */
export function corruptRing(fault: string, details: Record<string, number>): RinglogError {
  const facts = Object.entries(details).map(([name, value]) => `${name}=${value}`)
  return new RinglogError(
    'CORRUPT_MESSAGE',
    `the memory of the log ${fault}: ${facts.join(', ')}`,
    {
      details,
    },
  )
}
