import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { spreadOf } from '../metrics/spread.ts'

const THREADS = 2
/** Two words of one line: the threads take it from each other with every store. */
const SAME_LINE = 1
/** Processors fetch lines of 64 bytes in pairs: what is 128 bytes apart is on lines of its own. */
const OWN_LINES = 128 / Int32Array.BYTES_PER_ELEMENT
/** Each arrangement so many times, in turn; the first of each warms up. */
const ROUNDS = 8

interface Task {
  readonly words: Int32Array
}

/** Which words the threads store to in a round: those of one line, or far apart. */
function distanceIn(round: number): number {
  return round % 2 === 0 ? SAME_LINE : OWN_LINES
}

/** A function of its own, which V8 compiles by itself. */
function storeUpTo(last: number, words: Int32Array, word: number): void {
  for (let value = 1; value <= last; value++) Atomics.store(words, word, value)
}

/** Stores to a word that no other thread touches. Returns when it was done with each round. */
async function store(context: RoleContext<Task>): Promise<number[]> {
  const { words } = context.data
  const records = context.number('records')
  const finishedAtMs: number[] = []
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const word = context.index * distanceIn(round)
    await context.sync(`round ${round}`)
    storeUpTo(records, words, word)
    finishedAtMs.push(context.nowMs())
  }
  return finishedAtMs
}

/**
 * Two threads that share nothing but a cache line, and the same on lines of their own: why words that
 * several threads write lie 128 bytes apart in Ringlog's memory.
 */
export default defineScenario({
  name: 'limit-false-sharing',
  description: 'atomic stores of two threads to words of their own: on one cache line, and on two',
  isDefault: false,
  parameters: { records: 5_000_000 },
  fixed: { producers: THREADS },
  roles: { store },
  run: async (stage) => {
    const records = stage.number('records')
    const words = new Int32Array(new SharedArrayBuffer(THREADS * 128))
    const storing = Array.from({ length: THREADS }, (_, index) =>
      stage.start<number[]>('store', { words } satisfies Task, { index }),
    )
    const startedAtMs: number[] = []
    for (let round = 0; round < 2 * ROUNDS; round++) {
      startedAtMs.push(await stage.sync(`round ${round}`))
    }
    const finished = await Promise.all(storing.map(async ({ result }) => result))
    for (const distance of [SAME_LINE, OWN_LINES]) {
      if (Atomics.load(words, distance) !== records) throw new Error('a store was lost')
    }
    const elapsedMs = startedAtMs.map(
      (startMs, round) => Math.max(...finished.map((times) => times[round]!)) - startMs,
    )
    const medianMs = (distance: number): number =>
      spreadOf(elapsedMs.filter((_, round) => round > 1 && distanceIn(round) === distance)).median
    const [sameMs, ownMs] = [medianMs(SAME_LINE), medianMs(OWN_LINES)]
    return {
      records: records * THREADS,
      elapsedMs: ownMs,
      figures: {
        nanosPerStoreOfOneLine: (sameMs * 1e6) / records,
        nanosPerStoreOfOwnLines: (ownMs * 1e6) / records,
      },
      ratios: { 'limit-false-sharing: own cache lines / one line': sameMs / ownMs },
    }
  },
})
