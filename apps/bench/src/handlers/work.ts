/** So many rounds take about a microsecond. */
const ROUNDS_A_MICRO = 700

/** Keeps the processor busy for about so long; the answer depends on the bytes, so nothing is left out. */
export function work(bytes: Uint8Array, micros: number): number {
  let state = (bytes[0]! << 8) | 1
  for (let round = micros * ROUNDS_A_MICRO; round > 0; round--) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
  }
  return state
}
