import { BATCH_ALIGNMENT_BYTES, RecordBatchHeader, alignUp } from '@ringlog/core/internal'

/**
 * Under which leaders the records were appended that a reader has read, from some place up to where it stands.
 *
 * Thread: the reader's.
 */
export class LeaderEpochs {
  /** The first record of each epoch. */
  #starts: Array<{ readonly offset: number; readonly epoch: number }> = []
  #nextOffset = -1
  readonly #header = new RecordBatchHeader()

  /** A batch was read. After a gap, or a way back, nothing is known of what came before. */
  note(baseOffset: number, nextOffset: number, epoch: number): void {
    if (baseOffset !== this.#nextOffset) this.#starts = []
    this.#nextOffset = nextOffset
    if (this.#starts.at(-1)?.epoch === epoch) return
    this.#starts.push({ offset: baseOffset, epoch })
    if (this.#starts.length > MAX_EPOCHS) this.#starts.shift()
  }

  /** Batches were read, one behind the other, as a reader copies them. */
  noteAll(batches: Uint8Array): void {
    const header = this.#header
    for (let start = 0; start < batches.length;) {
      const { baseOffset, lastOffset, partitionLeaderEpoch } = header.wrap(batches, start)
      this.note(baseOffset, lastOffset + 1, partitionLeaderEpoch)
      start += alignUp(header.sizeBytes, BATCH_ALIGNMENT_BYTES)
    }
  }

  /** The epoch of the record before an offset; -1: not known. */
  before(offset: number): number {
    if (offset > this.#nextOffset) return -1
    return this.#starts.findLast((start) => start.offset < offset)?.epoch ?? -1
  }
}

const MAX_EPOCHS = 16

/** An offset, and the leader epoch of the record before it; -1: not known. */
export interface LogPlace {
  readonly offset: number
  readonly leaderEpoch: number
}
