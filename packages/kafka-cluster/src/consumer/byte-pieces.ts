/**
 * Bytes in the pieces in which a socket has received them, read forwards.
 *
 * Ownership: the pieces are borrowed.
 */
export class BytePieces {
  readonly #pieces: readonly Uint8Array[]
  readonly length: number
  #index = 0
  /** Within the current piece. */
  #start = 0
  #position = 0

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces
    this.length = pieces.reduce((bytes, piece) => bytes + piece.length, 0)
  }

  get remaining(): number {
    return this.length - this.#position
  }

  /** Copies the next bytes, which must be there, and goes past them. */
  copy(byteCount: number, target: Uint8Array, targetStart: number): void {
    this.#walk(byteCount, (piece) => {
      target.set(piece, targetStart)
      targetStart += piece.length
    })
  }

  /** As `copy`, but does not go past them. */
  peek(byteCount: number, target: Uint8Array): void {
    const index = this.#index
    const start = this.#start
    const position = this.#position
    this.copy(byteCount, target, 0)
    this.#index = index
    this.#start = start
    this.#position = position
  }

  skip(byteCount: number): void {
    this.#walk(byteCount, () => undefined)
  }

  rewind(): void {
    this.#index = 0
    this.#start = 0
    this.#position = 0
  }

  #walk(byteCount: number, visit: (piece: Uint8Array) => void): void {
    this.#position += byteCount
    while (byteCount > 0) {
      const piece = this.#pieces[this.#index]!
      const end = Math.min(piece.length, this.#start + byteCount)
      visit(piece.subarray(this.#start, end))
      byteCount -= end - this.#start
      this.#start = end
      if (end === piece.length) {
        this.#index++
        this.#start = 0
      }
    }
  }
}
