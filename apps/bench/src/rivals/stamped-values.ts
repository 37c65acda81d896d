import { patternValue, stamp } from '../metrics/stamped-value.ts'

/** Gives the next values, each with bytes of its own: for what sends later than it is told to. */
export class StampedValues {
  readonly #pattern: Uint8Array
  #sequence = 0

  constructor(sizeBytes: number) {
    this.#pattern = patternValue(sizeBytes, 0)
  }

  next(count: number): Buffer[] {
    return Array.from({ length: count }, () => {
      const value = Buffer.from(this.#pattern)
      stamp(value, this.#sequence++)
      return value
    })
  }
}

/** Into how many at a time `count` is divided. */
export function* inPortions(count: number, most: number): Generator<number> {
  for (let left = count; left > 0; left -= most) yield Math.min(left, most)
}
