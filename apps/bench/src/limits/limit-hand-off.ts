import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { spreadOf } from '../metrics/spread.ts'

/** Each on cache lines of its own. */
const CALLED_WORD = 0
const ANSWERED_WORD = 128 / Int32Array.BYTES_PER_ELEMENT
const MEMORY_BYTES = 256
/** So many are timed together: a clock costs as much as a hand-over does. */
const ROUND_TRIPS_AT_A_TIME = 500
/** Before what is measured, of each kind. */
const WARM_UP_SHARE = 0.2

/** How a thread learns that a word has changed: it looks again and again, or the kernel wakes it. */
const KINDS = ['spin', 'futex'] as const
type Kind = (typeof KINDS)[number]

interface Task {
  readonly words: Int32Array<SharedArrayBuffer>
}

/** Stores, and wakes who sleeps. */
function tell(kind: Kind, words: Int32Array, word: number, value: number): void {
  Atomics.store(words, word, value)
  if (kind === 'futex') Atomics.notify(words, word)
}

function awaitValue(kind: Kind, words: Int32Array, word: number, value: number): void {
  for (let seen = Atomics.load(words, word); seen !== value; seen = Atomics.load(words, word)) {
    if (kind === 'futex') Atomics.wait(words, word, seen)
  }
}

/** Calls, and gives nanoseconds of a round trip, by kind. */
async function call(context: RoleContext<Task>): Promise<Record<Kind, number>> {
  const { words } = context.data
  const portions = Math.ceil(context.number('records') / ROUND_TRIPS_AT_A_TIME)
  const medians: Partial<Record<Kind, number>> = {}
  for (const kind of KINDS) {
    await context.sync(kind)
    const nanos: number[] = []
    for (let portion = 0, round = 0; portion < portions; portion++) {
      const startedAtMs = context.nowMs()
      for (let i = 0; i < ROUND_TRIPS_AT_A_TIME; i++) {
        tell(kind, words, CALLED_WORD, ++round)
        awaitValue(kind, words, ANSWERED_WORD, round)
      }
      nanos.push(((context.nowMs() - startedAtMs) * 1e6) / ROUND_TRIPS_AT_A_TIME)
    }
    medians[kind] = spreadOf(nanos.slice(Math.floor(portions * WARM_UP_SHARE))).median
    await context.sync(`${kind} is over`)
    Atomics.store(words, CALLED_WORD, 0)
    Atomics.store(words, ANSWERED_WORD, 0)
  }
  return medians as Record<Kind, number>
}

async function answer(context: RoleContext<Task>): Promise<void> {
  const { words } = context.data
  const portions = Math.ceil(context.number('records') / ROUND_TRIPS_AT_A_TIME)
  for (const kind of KINDS) {
    await context.sync(kind)
    for (let round = 1; round <= portions * ROUND_TRIPS_AT_A_TIME; round++) {
      awaitValue(kind, words, CALLED_WORD, round)
      tell(kind, words, ANSWERED_WORD, round)
    }
    await context.sync(`${kind} is over`)
  }
}

/** What it takes at the least for a word to get from one thread to another. */
export default defineScenario({
  name: 'limit-hand-off',
  description:
    'a word from thread to thread and back: both spin (a cache line), or both sleep (a futex)',
  isDefault: false,
  parameters: { records: 100_000 },
  roles: { caller: call, answerer: answer },
  run: async (stage) => {
    const words = new Int32Array(new SharedArrayBuffer(MEMORY_BYTES))
    const task: Task = { words }
    const calling = stage.start<Record<Kind, number>>('caller', task)
    stage.start<void>('answerer', task)
    let startedAtMs = 0
    let elapsedMs = 0
    for (const kind of KINDS) {
      startedAtMs = await stage.sync(kind)
      elapsedMs += (await stage.sync(`${kind} is over`)) - startedAtMs
    }
    const { spin, futex } = await calling.result
    return {
      records: KINDS.length * stage.number('records'),
      elapsedMs,
      figures: { nanosPerHandOver: spin / 2, nanosPerFutexRoundTrip: futex },
    }
  },
})
