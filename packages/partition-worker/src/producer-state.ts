import {
  NONE,
  RinglogError,
  partitionName,
  type AppendResult,
  type BatchSequence,
  type ProducerTable,
} from '@ringlog/core/internal/partition-thread'

/**
 * The latest batches of each producer that numbers them: enough to refuse a gap, and to answer a batch that
 * comes again with the offset it has.
 *
 * Source: Apache Kafka, `storage/internals/log/ProducerStateManager.java`, `ProducerAppendInfo.java`.
 */
export class ProducerStates {
  readonly #table: ProducerTable
  readonly #partition: string

  constructor(table: ProducerTable, topic: string, partition: number) {
    this.#table = table
    this.#partition = partitionName(topic, partition)
  }

  /**
   * Where the batch already is, if it is one of its producer's last 16; else `null`, and the batch
   * is the next in order.
   *
   * @throws RinglogError OUT_OF_ORDER_SEQUENCE_NUMBER for a gap; INVALID_PRODUCER_EPOCH for an epoch
   *   before the current one.
   */
  check(batch: BatchSequence): AppendResult | null {
    const { producerId, producerEpoch, baseSequence, recordsCount } = batch
    if (producerId === NONE) return null
    const slot = this.#table.slotOf(producerId)
    // As in Kafka, a producer that is not known may start anywhere.
    if (slot === NONE) return null
    const epoch = this.#table.epochIn(slot)
    if (producerEpoch < epoch) throw this.#oldEpoch(batch, epoch)
    if (producerEpoch > epoch) {
      if (baseSequence !== 0) throw this.#outOfOrder(batch, 0)
      return null
    }
    const expected = this.#table.nextSequenceIn(slot)
    if (baseSequence === expected) return null
    const known = this.#table.find(slot, baseSequence, recordsCount)
    if (known === null) throw this.#outOfOrder(batch, expected)
    return known
  }

  /** Remembers a batch, right before the log publishes it (INV-80). */
  remember(batch: BatchSequence, baseOffset: number, logAppendTimeMs: number): void {
    if (batch.producerId === NONE) return
    this.#table.write(batch, baseOffset, logAppendTimeMs)
  }

  #outOfOrder(batch: BatchSequence, expectedSequence: number): RinglogError {
    const { producerId, producerEpoch, baseSequence } = batch
    return new RinglogError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `producer sequence has a gap: partition=${this.#partition}, producerId=${producerId}, ` +
        `producerEpoch=${producerEpoch}, baseSequence=${baseSequence}, expectedSequence=${expectedSequence}`,
      { details: { producerId, producerEpoch, baseSequence, expectedSequence } },
    )
  }

  #oldEpoch(batch: BatchSequence, currentEpoch: number): RinglogError {
    const { producerId, producerEpoch } = batch
    return new RinglogError(
      'INVALID_PRODUCER_EPOCH',
      `producer epoch is an old one: partition=${this.#partition}, producerId=${producerId}, ` +
        `producerEpoch=${producerEpoch}, currentEpoch=${currentEpoch}`,
      { details: { producerId, producerEpoch, currentEpoch } },
    )
  }
}
