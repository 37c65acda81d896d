/**
 * What the threads of a pool are handling, in shared memory, so that the pool can read it when one of them
 * has crashed: which records were in a handler, at which attempt, and whether one was alone in its thread.
 *
 * ```text
 * a region for each thread, of SLOTS slots; a slot:
 *   byte  name         writer                        access
 *      0  tag          the thread of the region to   Atomics   which partition; 0: the slot is free
 *                      take it; the thread that has
 *                      the partition to free it
 *      4  state        as it was taken               Atomics   attempts << 2 | alone << 1 | running
 *      8  offset       as it was taken               plain     the first record
 *     16  endOffset    as it was taken               plain     after the last one: a batch has several
 *     24  topicTag     as it was taken               plain     which of the topics that had the name
 *     28  (unused)
 *     32
 * ```
 *
 * A thread that ends leaves its slots as they are. The thread that is granted the partition next finds them
 * by the tag, reads them, and frees them once it is past the records: at once
 * where they are of a topic that was deleted, whose name another one has now.
 */
import type { TopicPartition } from '@ringlog/core'

const SLOTS = 1024
const SLOT_BYTES = 32
const SLOT_INTS = SLOT_BYTES / Int32Array.BYTES_PER_ELEMENT
const SLOT_FLOATS = SLOT_BYTES / Float64Array.BYTES_PER_ELEMENT
const TAG_INT = 0
const STATE_INT = 1
const OFFSET_FLOAT = 1
const END_OFFSET_FLOAT = 2
const TOPIC_TAG_INT = 6

const RUNNING = 1
const ALONE = 2
const ATTEMPT_SHIFT = 2

export class AttemptLedger {
  /** To be given to the threads. */
  readonly memory: SharedArrayBuffer
  readonly #ints: Int32Array
  readonly #floats: Float64Array

  static create(threads: number): AttemptLedger {
    return new AttemptLedger(new SharedArrayBuffer(threads * SLOTS * SLOT_BYTES))
  }

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#ints = new Int32Array(memory)
    this.#floats = new Float64Array(memory)
  }

  /** The slots of a thread's region that are free. */
  freeSlots(threadIndex: number): number[] {
    const free: number[] = []
    const first = threadIndex * SLOTS
    // From the last: the first is taken first, as from a stack.
    for (let slot = first + SLOTS - 1; slot >= first; slot--) {
      if (this.#tagOf(slot) === 0) free.push(slot)
    }
    return free
  }

  /** Takes a free slot for a partition. INV-67: it says nothing before `begin`. */
  take(slot: number, { tag, topicTag }: PartitionTags): void {
    this.#ints[slot * SLOT_INTS + TOPIC_TAG_INT] = topicTag
    Atomics.store(this.#ints, slot * SLOT_INTS + STATE_INT, 0)
    Atomics.store(this.#ints, slot * SLOT_INTS + TAG_INT, tag)
  }

  /** A handler is about to be called. INV-67: which records it has stands there before it runs. */
  begin(slot: number, offset: number, endOffset: number, attempt: number, isAlone: boolean): void {
    this.#floats[slot * SLOT_FLOATS + OFFSET_FLOAT] = offset
    this.#floats[slot * SLOT_FLOATS + END_OFFSET_FLOAT] = endOffset
    const flags = isAlone ? RUNNING | ALONE : RUNNING
    Atomics.store(this.#ints, slot * SLOT_INTS + STATE_INT, (attempt << ATTEMPT_SHIFT) | flags)
  }

  /** The handler goes on with another record. INV-67: where the thread ends in between, both are in it. */
  next(slot: number, offset: number): void {
    this.#floats[slot * SLOT_FLOATS + END_OFFSET_FLOAT] = offset + 1
    this.#floats[slot * SLOT_FLOATS + OFFSET_FLOAT] = offset
  }

  /** The first records of a batch are done; or its first one is handled alone. */
  advance(slot: number, offset: number): void {
    this.#floats[slot * SLOT_FLOATS + OFFSET_FLOAT] = offset
  }

  /** Another handler has begun beside it. */
  notAlone(slot: number): void {
    // INV-67
    Atomics.and(this.#ints, slot * SLOT_INTS + STATE_INT, ~ALONE)
  }

  /** The handler has failed, of a batch at the first record that is not done, and will be called again. */
  rest(slot: number): void {
    const failed = this.#floats[slot * SLOT_FLOATS + OFFSET_FLOAT]!
    this.#floats[slot * SLOT_FLOATS + END_OFFSET_FLOAT] = failed + 1
    // INV-67
    Atomics.and(this.#ints, slot * SLOT_INTS + STATE_INT, ~(RUNNING | ALONE))
  }

  /** The records are finished, or will not be handled here; the slot stays taken. */
  end(slot: number): void {
    this.#ints[slot * SLOT_INTS + STATE_INT] = 0
  }

  /**
   * Frees a slot, unless it has been freed, and taken for another partition. INV-67: only the thread
   * that has the partition frees a slot that it did not take itself.
   */
  free(slot: number, tag: number): void {
    Atomics.compareExchange(this.#ints, slot * SLOT_INTS + TAG_INT, tag, 0)
  }

  /** The slots of a partition that the threads which had it before left behind. */
  heldOf(tag: number): HeldRecords[] {
    return this.#heldWithin(0, this.#ints.length / SLOT_INTS).filter((held) => held.tag === tag)
  }

  /**
   * The slots that a thread has taken, or had when it crashed; also those that the threads before it in its
   * place left.
   */
  heldBy(threadIndex: number): HeldRecords[] {
    return this.#heldWithin(threadIndex * SLOTS, (threadIndex + 1) * SLOTS)
  }

  #heldWithin(first: number, end: number): HeldRecords[] {
    const all: HeldRecords[] = []
    for (let slot = first; slot < end; slot++) {
      const tag = this.#tagOf(slot)
      // INV-67
      const state = Atomics.load(this.#ints, slot * SLOT_INTS + STATE_INT)
      if (tag === 0 || state === 0) continue
      all.push({
        slot,
        tag,
        topicTag: this.#ints[slot * SLOT_INTS + TOPIC_TAG_INT]!,
        offset: this.#floats[slot * SLOT_FLOATS + OFFSET_FLOAT]!,
        endOffset: this.#floats[slot * SLOT_FLOATS + END_OFFSET_FLOAT]!,
        attempts: state >> ATTEMPT_SHIFT,
        isRunning: (state & RUNNING) !== 0,
        isAlone: (state & ALONE) !== 0,
      })
    }
    return all
  }

  #tagOf(slot: number): number {
    // INV-67
    return Atomics.load(this.#ints, slot * SLOT_INTS + TAG_INT)
  }
}

/** Records that a thread was handling when it crashed, or lost their partition. */
export interface HeldRecords {
  readonly slot: number
  readonly tag: number
  /** See `topicTagOf`. */
  readonly topicTag: number
  readonly offset: number
  readonly endOffset: number
  /** How often they were tried, this time included. */
  readonly attempts: number
  /** Whether their handler ran: not while they waited for the next attempt. */
  readonly isRunning: boolean
  /** Whether no other handler of the thread ran meanwhile. */
  readonly isAlone: boolean
}

/** What stands for a partition in the ledger. */
export interface PartitionTags {
  /** See `tagOf`. */
  readonly tag: number
  /** See `topicTagOf`. */
  readonly topicTag: number
}

/**
 * A number that stands for a partition in all threads; never 0. Two partitions of the same number would
 * have each other's records handled with more care than needed.
 */
export function tagOf({ topic, partition }: TopicPartition): number {
  return hashOf(`${topic}/${partition}`)
}

/** Of a partition whose topic is deleted: no topic's. */
export const NO_TOPIC = 0

/**
 * A number that tells a topic from those that had its name before; never `NO_TOPIC`.
 *
 * @param topicId `TopicDescription.topicId`.
 */
export function topicTagOf(topicId: string): number {
  return hashOf(topicId)
}

/** FNV-1a, but never 0. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash === 0 ? 1 : hash
}
