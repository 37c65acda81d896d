/** So many places that items were taken out of may lie unused before they are cut off. */
const CUT_AT = 256

/**
 * A first-in, first-out queue whose `shift` does not move what remains, and which keeps nothing that
 * was taken out: under a steady load it is never empty.
 */
export class FifoQueue<T extends object | number> {
  #items: Array<T | undefined> = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  /** The first; `undefined`: there is none. */
  get head(): T | undefined {
    return this.#items[this.#head]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes out the first; `undefined`: there is none. */
  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) this.#cut()
    else if (this.#head >= CUT_AT && this.#head * 2 >= this.#items.length) this.#cut()
    return item
  }

  /** Takes out all. */
  shiftAll(): T[] {
    const all = this.#items.slice(this.#head) as T[]
    this.#items = []
    this.#head = 0
    return all
  }

  #cut(): void {
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }
}
