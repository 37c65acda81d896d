import { mutateBytes } from '../input/mutate-bytes.ts'
import type { Random } from '../input/random.ts'
import type { Target } from '../targets/target.ts'

const MAX_KEPT = 2_000

/** Inputs that led to something new, from which others are made. */
export class Corpus {
  readonly #target: Target
  readonly #random: Random
  readonly #kept: Uint8Array[] = []
  readonly #outcomes = new Map<string, number>()

  constructor(target: Target, random: Random) {
    this.#target = target
    this.#random = random
  }

  /** How many inputs came to each outcome. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#outcomes
  }

  next(): Uint8Array {
    const random = this.#random
    if (this.#kept.length === 0 || random.chance(0.3)) return this.#target.generate(random)
    return mutateBytes(random.pick(this.#kept), random)
  }

  add(input: Uint8Array, outcome: string): void {
    const count = this.#outcomes.get(outcome) ?? 0
    this.#outcomes.set(outcome, count + 1)
    if (count === 0 && this.#kept.length < MAX_KEPT) this.#kept.push(input)
  }
}
