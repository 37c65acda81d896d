import { NONE, RinglogError, partitionName, sequenceAfter } from '@ringlog/core/internal'

/** Kafka remembers so many batches of a producer; hence its limit of 5 in flight. */
const REMEMBERED_BATCHES = 5
/** So many producers of one partition are remembered; then the one unused for longest is forgotten. */
const MAX_PRODUCERS = 10_000

/**
 * The latest batches of each producer that numbers them: enough to refuse a gap, and to answer a batch that
 * comes again with the offset it has.
 *
 * Source: Apache Kafka, `storage/internals/log/ProducerStateManager.java`, `ProducerAppendInfo.java`.
 */
export class ProducerStates {
  /** An entry stays where it is while it is in use: a Map through which entries pass piles up garbage. */
  readonly #entries = new Map<number, ProducerEntry>()
  #uses = 0
  readonly #partition: string

  constructor(topic: string, partition: number) {
    this.#partition = partitionName(topic, partition)
  }

  /**
   * Where the batch already is, if it is one of its producer's last five; else `null`, and the batch
   * is the next in order.
   *
   * @throws RinglogError OUT_OF_ORDER_SEQUENCE_NUMBER for a gap; INVALID_PRODUCER_EPOCH for an epoch
   *   before the current one.
   */
  check(batch: BatchSequence): { baseOffset: number; logAppendTimeMs: number } | null {
    if (batch.producerId === NONE) return null
    const entry = this.#entries.get(batch.producerId)
    // As in Kafka, a producer without an entry may start anywhere.
    if (entry === undefined) return null
    if (batch.producerEpoch < entry.producerEpoch) throw this.#oldEpoch(batch, entry.producerEpoch)
    if (batch.producerEpoch > entry.producerEpoch) {
      if (batch.baseSequence !== 0) throw this.#outOfOrder(batch, 0)
      return null
    }
    const lastSequence = sequenceAfter(batch.baseSequence, batch.recordsCount - 1)
    for (const known of entry.batches) {
      if (known.baseSequence === batch.baseSequence && known.lastSequence === lastSequence) {
        return known
      }
    }
    const newest = entry.batches.at(-1)
    const expected = newest === undefined ? 0 : sequenceAfter(newest.lastSequence, 1)
    if (batch.baseSequence !== expected) throw this.#outOfOrder(batch, expected)
    return null
  }

  /** Remembers a batch that was appended. */
  remember(batch: BatchSequence, baseOffset: number, logAppendTimeMs: number): void {
    if (batch.producerId === NONE) return
    const entry = this.#entryOf(batch.producerId, batch.producerEpoch)
    entry.lastUse = ++this.#uses
    if (entry.batches.length === REMEMBERED_BATCHES) entry.batches.shift()
    entry.batches.push({
      baseSequence: batch.baseSequence,
      lastSequence: sequenceAfter(batch.baseSequence, batch.recordsCount - 1),
      baseOffset,
      logAppendTimeMs,
    })
  }

  #entryOf(producerId: number, producerEpoch: number): ProducerEntry {
    const known = this.#entries.get(producerId)
    if (known === undefined) {
      if (this.#entries.size === MAX_PRODUCERS) this.#forgetOne()
      const entry: ProducerEntry = { producerEpoch, batches: [], lastUse: 0 }
      this.#entries.set(producerId, entry)
      return entry
    }
    if (known.producerEpoch !== producerEpoch) {
      known.producerEpoch = producerEpoch
      known.batches = []
    }
    return known
  }

  #forgetOne(): void {
    let unusedForLongest = NONE
    let lastUse = Infinity
    for (const [producerId, entry] of this.#entries) {
      if (entry.lastUse >= lastUse) continue
      lastUse = entry.lastUse
      unusedForLongest = producerId
    }
    this.#entries.delete(unusedForLongest)
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

interface RememberedBatch {
  baseSequence: number
  lastSequence: number
  baseOffset: number
  logAppendTimeMs: number
}

interface ProducerEntry {
  producerEpoch: number
  /** The last five, oldest first; empty right after the epoch changed. */
  batches: RememberedBatch[]
  /** Which batch of the partition was its last, counted from the first. */
  lastUse: number
}

/** The producer's fields of a batch. */
export interface BatchSequence {
  producerId: number
  producerEpoch: number
  baseSequence: number
  recordsCount: number
}
