/**
 * Explores every execution that a weakly ordered machine allows of a few threads' accesses to shared
 * words: not only every interleaving, but every order in which one thread's accesses may take effect.
 *
 * What stays in order within a thread (arm64, with what V8 makes of JavaScript there; x86 allows less):
 *
 * - accesses of one word;
 * - everything that comes after an atomic load, or after the load of a read-modify-write (acquire);
 * - everything that comes before an atomic store, or before the store of a read-modify-write (release);
 * - an atomic store before an atomic load that follows it.
 *
 * So a plain access may take effect before an atomic store that stands above it, and after an atomic
 * load that stands below it. A read-modify-write is a load and a store, between which nobody else
 * writes the word; plain accesses may take effect between them.
 *
 * Source: the Arm Architecture Reference Manual, "Definition of the Armv8 memory model", simplified.
 */
export interface Access {
  readonly kind: 'load' | 'store' | 'rmwLoad' | 'rmwStore'
  readonly isAtomic: boolean
  readonly word: string
  /** Of a load: where the value goes. */
  readonly into: string
  /** Of a store: the value. */
  readonly value: number
  /** Whether it takes place, by what the thread has loaded atomically before. */
  readonly when: (registers: Registers) => boolean
}

/** What threads have loaded, by the names that they gave it. */
export type Registers = Readonly<Record<string, number>>
export type Program = readonly Access[]
type Condition = Access['when']

const always: Condition = () => true
const NOWHERE = ''

/** A byte or word that is read as it is, without `Atomics`. */
export const load = (word: string, into: string): Program => [
  { kind: 'load', isAtomic: false, word, into, value: 0, when: always },
]
export const store = (word: string, value: number, when: Condition = always): Program => [
  { kind: 'store', isAtomic: false, word, into: NOWHERE, value, when },
]
export const atomicLoad = (word: string, into: string): Program => [
  { kind: 'load', isAtomic: true, word, into, value: 0, when: always },
]
export const atomicStore = (word: string, value: number, when: Condition = always): Program => [
  { kind: 'store', isAtomic: true, word, into: NOWHERE, value, when },
]
/** `Atomics.exchange`. */
export const exchange = (word: string, value: number, when: Condition = always): Program => [
  { kind: 'rmwLoad', isAtomic: true, word, into: NOWHERE, value: 0, when },
  { kind: 'rmwStore', isAtomic: true, word, into: NOWHERE, value, when },
]
/** `Atomics.add(word, 0n)`: a load that is a write as well; it writes what it read. */
export const addZero = (word: string, into: string): Program => [
  { kind: 'rmwLoad', isAtomic: true, word, into, value: 0, when: always },
  { kind: 'rmwStore', isAtomic: true, word, into: NOWHERE, value: NaN, when: always },
]

interface State {
  readonly memory: Readonly<Record<string, number>>
  readonly registers: Registers
  /** By thread: which of its accesses have taken effect, as bits. */
  readonly done: readonly number[]
  /** By word: the thread that is between the load and the store of a read-modify-write. */
  readonly locks: Readonly<Record<string, number>>
}

/**
 * Every set of loaded values with which all threads can have come to their end.
 *
 * @param memory The words at the start; those that are not named are 0.
 */
export function outcomesOf(
  programs: ReadonlyArray<readonly Program[]>,
  memory: Readonly<Record<string, number>> = {},
): Registers[] {
  const threads = programs.map((parts) => parts.flat())
  const outcomes = new Map<string, Registers>()
  const seen = new Set<string>()
  const start = { memory, registers: {}, done: threads.map(() => 0), locks: {} }
  const pending: State[] = [start]
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.add(key)
    if (state.done.every((bits, thread) => bits === (1 << threads[thread]!.length) - 1)) {
      outcomes.set(JSON.stringify(state.registers), state.registers)
      continue
    }
    for (const [thread, accesses] of threads.entries()) {
      for (const index of accesses.keys()) {
        const next = stepOf(state, thread, index, accesses)
        if (next !== null) pending.push(next)
      }
    }
  }
  return [...outcomes.values()]
}

/** The state after one access has taken effect; `null` where it cannot be next. */
function stepOf(
  state: State,
  thread: number,
  index: number,
  accesses: readonly Access[],
): State | null {
  const bits = state.done[thread]!
  if ((bits & (1 << index)) !== 0) return null
  const access = accesses[index]!
  for (let earlier = 0; earlier < index; earlier++) {
    const isDone = (bits & (1 << earlier)) !== 0
    if (!isDone && staysBefore(accesses[earlier]!, access)) return null
  }
  const { word } = access
  const holder = state.locks[word] ?? thread
  const isWrite = access.kind !== 'load'
  if (isWrite && holder !== thread) return null

  const done = state.done.with(thread, bits | (1 << index))
  if (!access.when(state.registers)) return { ...state, done }
  const memory = { ...state.memory }
  const registers = { ...state.registers }
  const locks = { ...state.locks }
  if (access.kind === 'load' || access.kind === 'rmwLoad') {
    if (access.into !== NOWHERE) registers[access.into] = memory[word] ?? 0
  } else if (!Number.isNaN(access.value)) memory[word] = access.value
  if (access.kind === 'rmwLoad') locks[word] = thread
  if (access.kind === 'rmwStore') delete locks[word]
  return { memory: sorted(memory), registers: sorted(registers), done, locks: sorted(locks) }
}

function staysBefore(earlier: Access, later: Access): boolean {
  if (earlier.word === later.word) return true
  const isAcquire = earlier.isAtomic && earlier.kind.toLowerCase().endsWith('load')
  const isRelease = later.isAtomic && later.kind.toLowerCase().endsWith('store')
  if (isAcquire || isRelease) return true
  return earlier.isAtomic && earlier.kind === 'store' && later.isAtomic && later.kind === 'load'
}

/** Equal states have equal keys. */
function sorted(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}
