import type { Writer } from '@platformatic/kafka'
import type { Kafka } from '../load-kafka.ts'

const LENGTH_BYTES = 4
/** The length of a response, and the number of its request. */
export const RESPONSE_HEADER_BYTES = 8

/** The bytes of a connection, put together to responses; each is handed over in the pieces in which it came. */
export class ReceivedResponses {
  readonly #kafka: Kafka
  readonly #onResponse: (response: Writer, requestNumber: number) => void
  readonly #maxLength: number
  #pieces: Buffer[] = []
  #byteCount = 0
  /** Of the response that has begun, with its length; 0: not known yet. */
  #responseBytes = 0

  /** @param maxLength What is announced to be longer is no response. */
  constructor(
    kafka: Kafka,
    onResponse: (response: Writer, requestNumber: number) => void,
    maxLength = Infinity,
  ) {
    this.#kafka = kafka
    this.#onResponse = onResponse
    this.#maxLength = maxLength
  }

  /** @throws Error where what comes is no response. */
  add(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#byteCount += bytes.length
    for (;;) {
      if (this.#byteCount < LENGTH_BYTES) return
      if (this.#responseBytes === 0) this.#responseBytes = LENGTH_BYTES + this.#readLength()
      if (this.#byteCount < this.#responseBytes) return
      const response = this.#take(this.#responseBytes)
      this.#responseBytes = 0
      const reader = this.#kafka.Reader.from(response)
      this.#onResponse(response, reader.skip(LENGTH_BYTES).readInt32())
    }
  }

  #readLength(): number {
    if (this.#pieces[0]!.length < LENGTH_BYTES) this.#pieces = [Buffer.concat(this.#pieces)]
    const length = this.#pieces[0]!.readInt32BE(0)
    const isOne = length >= RESPONSE_HEADER_BYTES - LENGTH_BYTES && length <= this.#maxLength
    if (isOne) return length
    throw new Error(`no response has this length: ${length}`)
  }

  /** Takes the first `length` bytes out. */
  #take(length: number): Writer {
    const taken = this.#kafka.Writer.create()
    this.#byteCount -= length
    let count = 0
    while (length > 0) {
      const piece = this.#pieces[count]!
      taken.append(piece.length <= length ? piece : piece.subarray(0, length))
      if (piece.length > length) this.#pieces[count] = piece.subarray(length)
      else count++
      length -= Math.min(piece.length, length)
    }
    this.#pieces.splice(0, count)
    return taken
  }
}
