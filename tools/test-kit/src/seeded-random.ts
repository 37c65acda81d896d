/** A seed to print when a run fails, or the one to repeat that run with. */
export const SEED: number = Number(
  process.env['RINGLOG_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31),
)

/** Small and quick, and the same for a seed: mulberry32. From 0 to 1, exclusive. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
