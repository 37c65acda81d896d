/** The greatest value that something has had, as a history goes on. */
export class Greatest {
  readonly #orders: number[] = []
  readonly #values: number[] = []

  /** @param order No less than the one before. */
  add(order: number, value: number): void {
    if (value <= (this.#values.at(-1) ?? 0)) return
    this.#orders.push(order)
    this.#values.push(value)
  }

  /** @returns The greatest of what was added with at most this `order`; 0: nothing. */
  upTo(order: number): number {
    let [low, high] = [0, this.#orders.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#orders[middle]! <= order) low = middle + 1
      else high = middle
    }
    return this.#values[low - 1] ?? 0
  }
}
