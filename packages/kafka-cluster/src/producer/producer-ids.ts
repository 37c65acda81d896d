import { readInt64 } from '@ringlog/core/internal/cluster'

/** Where Ringlog's own numbers begin for ids that are no safe integers. */
const FIRST_STAND_IN = 2 ** 52

/**
 * Producer ids as the producers of this client have them: Kafka's are int64, and where one is no safe integer another
 * number stands in for it, until a batch leaves.
 */
export class ProducerIds {
  readonly #real = new Map<number, bigint>()
  #nextStandIn = FIRST_STAND_IN

  /** The number that a producer writes for the id. */
  numberFor(producerId: bigint): number {
    const isPlain = producerId < BigInt(FIRST_STAND_IN)
    if (isPlain) return Number(producerId)
    const standIn = this.#nextStandIn++
    this.#real.set(standIn, producerId)
    return standIn
  }

  /** Writes the id itself where another number stands in for it. */
  replaceIn(bytes: Buffer, byteIndex: number): void {
    if (this.#real.size === 0) return
    const real = this.#real.get(readInt64(bytes, byteIndex))
    if (real !== undefined) bytes.writeBigInt64BE(real, byteIndex)
  }
}
