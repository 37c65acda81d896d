/** They are 31-bit numbers. */
const MAX_SEQUENCE = 0x7fff_ffff

/** The sequence number so many records further on: after 2^31 - 1 comes 0. */
export function sequenceAfter(sequence: number, records: number): number {
  const next = sequence + records
  return next > MAX_SEQUENCE ? next - MAX_SEQUENCE - 1 : next
}
