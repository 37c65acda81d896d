const NAMES = ['load', 'store', 'add', 'exchange'] as const
const { load } = Atomics
const idle = new Int32Array(new SharedArrayBuffer(4))

/**
 * Makes this thread dawdle around its atomic operations, as if it were held up just there: mostly not
 * at all, often for some turns of a loop, now and then so long that others get its core.
 */
export function dawdleAroundAtomics(random: () => number): () => void {
  const originals = NAMES.map((name) => [name, Atomics[name]] as const)
  const dawdle = (): void => {
    const chance = random()
    if (chance < 0.6) return
    if (chance > 0.998) Atomics.wait(idle, 0, 0, 0.01)
    for (let spins = random() * 300; spins > 0; spins--) load(idle, 0)
  }
  for (const [name, original] of originals) {
    const dawdling = (...given: Parameters<typeof Atomics.add>): unknown => {
      dawdle()
      const result: unknown = Reflect.apply(original, Atomics, given)
      dawdle()
      return result
    }
    Object.assign(Atomics, { [name]: dawdling })
  }
  return () => Object.assign(Atomics, Object.fromEntries(originals))
}

/**
 * Stops this thread for good right after its atomic write of that number: whoever `onFrozen` tells can
 * kill it just there.
 */
export function freezeAfterAtomicWrite(write: number, onFrozen: () => void): void {
  let writes = 0
  for (const name of ['store', 'add', 'exchange'] as const) {
    const original = Atomics[name]
    const freezing = (...given: Parameters<typeof Atomics.add>): unknown => {
      const result: unknown = Reflect.apply(original, Atomics, given)
      if (++writes === write) {
        onFrozen()
        Atomics.wait(idle, 0, 0)
      }
      return result
    }
    Object.assign(Atomics, { [name]: freezing })
  }
}
