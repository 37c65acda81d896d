import { patternValue, stamp } from '../metrics/stamped-value.ts'
import type { ComparedWork } from './compared-client.ts'

/**
 * Sends by a client that takes an array of values at a time: arrays of the size of Ringlog's batches. Each value has
 * bytes of its own until its array is sent.
 *
 * @returns What sends the sequences from `first` on, up to `end`; it resolves when all are acknowledged.
 */
export function arraysOfValues(
  { recordSizeBytes, batchSizeBytes }: ComparedWork,
  sendsInFlight: number,
  send: (values: readonly Buffer[]) => Promise<unknown>,
): (first: number, end: number) => Promise<void> {
  const perSend = Math.max(1, Math.floor(batchSizeBytes / recordSizeBytes))
  const pattern = patternValue(recordSizeBytes, 0)
  return async (first, end) => {
    const inFlight = new Set<Promise<void>>()
    for (let sequence = first; sequence < end;) {
      const values: Buffer[] = []
      for (; sequence < end && values.length < perSend; sequence++) {
        const value = Buffer.from(pattern)
        stamp(value, sequence)
        values.push(value)
      }
      const sent: Promise<void> = send(values).then(() => void inFlight.delete(sent))
      inFlight.add(sent)
      if (inFlight.size >= sendsInFlight) await Promise.race(inFlight)
    }
    await Promise.all(inFlight)
  }
}
