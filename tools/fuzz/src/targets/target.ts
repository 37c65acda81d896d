import type { Random } from '../input/random.ts'

/** Something that takes bytes from another thread, and what it promises on hostile ones. */
export interface Target {
  readonly name: string
  /** Those of its source files, from the repository's root, whose coverage is printed. */
  readonly covers: readonly string[]
  /** A new input: valid, or with a fault that only somebody who knows the format makes. */
  generate(random: Random): Uint8Array
  /**
   * Feeds an input in; returns what became of it, in a few words without numbers: an input with a new
   * outcome is kept and mutated further.
   *
   * @throws Anything: a promise is broken.
   */
  run(input: Uint8Array): string | Promise<string>
}

/** A promise that is broken. */
export class Finding extends Error {
  override readonly name = 'Finding'
}

export function demand(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Finding(what())
}
