import { ValueSizes } from './value-sizes.ts'

/**
 * The value of a measured record: filled with a pattern, and stamped with the producer's number and a
 * sequence, so that whoever receives it can count, sum and check the order.
 *
 * ```text
 *  byte 0   sequence   uint32, little-endian
 *  byte 4   producer   uint8
 * ```
 */
const SEQUENCE_BYTE = 0
const PRODUCER_BYTE = 4
export const MIN_VALUE_BYTES = 5
const PATTERN = 0x61

/** Sums stay below it: two of them, and what a poll adds, are exact as numbers. */
const SUM_BITS = 52
const SUM_MODULUS = 2 ** SUM_BITS

export function patternValue(sizeBytes: number, producer: number): Uint8Array {
  if (sizeBytes < MIN_VALUE_BYTES) {
    throw new Error(`a measured value needs ${MIN_VALUE_BYTES} bytes at least, got ${sizeBytes}`)
  }
  const value = new Uint8Array(sizeBytes).fill(PATTERN)
  value[PRODUCER_BYTE] = producer
  return value
}

export function stamp(value: Uint8Array, sequence: number): void {
  value[SEQUENCE_BYTE] = sequence
  value[SEQUENCE_BYTE + 1] = sequence >>> 8
  value[SEQUENCE_BYTE + 2] = sequence >>> 16
  value[SEQUENCE_BYTE + 3] = sequence >>> 24
}

/** What a receiver has seen, to be held against what was sent. */
export interface Tally {
  count: number
  /** Of the sequences, modulo 2⁵²: some hundred million records add up to more. */
  sum: number
}

/** What goes from value to value, as a consumer's cursor does. */
export interface ValueWalk {
  /** Goes to the next value; `false` where there is none. */
  next(): boolean
  /** What holds the value that the walk is at. */
  readonly bytes: Uint8Array
  readonly valueStart: number
  readonly valueLength: number
  /** Default 0. */
  readonly partition?: number
}

/** Counts, sums and checks the order of stamped values, by partition and producer. */
export class StampChecker {
  readonly #sizes: ValueSizes
  readonly #producers: number
  /** By partition, then by producer. */
  readonly #lastSequences: number[] = []
  #count = 0
  #sum = 0

  /** @param sizes Of the values of each producer; a number where all are alike. */
  constructor(sizes: ValueSizes | number, producers: number) {
    this.#sizes = typeof sizes === 'number' ? ValueSizes.alike(sizes) : sizes
    this.#producers = producers
  }

  get count(): number {
    return this.#count
  }

  get tally(): Tally {
    return { count: this.#count, sum: this.#sum }
  }

  /** What came after an earlier tally of this checker. */
  tallySince({ count, sum }: Tally): Tally {
    return { count: this.#count - count, sum: wrapped(this.#sum - sum) }
  }

  /** @throws Error where the value is not the next of its producer, or has another size. */
  check(bytes: Uint8Array, start: number, length: number, partition = 0): void {
    const sequence =
      (bytes[start]! |
        (bytes[start + 1]! << 8) |
        (bytes[start + 2]! << 16) |
        (bytes[start + 3]! << 24)) >>>
      0
    const producer = bytes[start + PRODUCER_BYTE]!
    const sizeBytes = this.#sizes.bytes[sequence & this.#sizes.mask]!
    const lastByte = sizeBytes === MIN_VALUE_BYTES ? producer : PATTERN
    if (length !== sizeBytes || bytes[start + length - 1] !== lastByte) {
      throw new Error(`value ${sequence} of producer ${producer} is not what was sent`)
    }
    if (producer >= this.#producers) throw new Error(`there is no producer ${producer}`)
    const stream = partition * this.#producers + producer
    const last = this.#lastSequences[stream] ?? -1
    if (!(sequence > last)) {
      throw new Error(
        `producer ${producer}, partition ${partition}: sequence ${sequence} came after ${last}`,
      )
    }
    this.#take(stream, sequence, 1, sequence)
  }

  /**
   * As `check` of every value of a walk: the same is asked of each, over local variables, since the
   * checker is part of what is timed. A value that is not the common one is left to `check`: it may
   * be an unusual one, and what is wrong with it is told in one place.
   *
   * @throws Error as `check`; the values before the faulty one are counted.
   */
  checkAll(walk: ValueWalk): void {
    const lastSequences = this.#lastSequences
    const { bytes: sizes, mask } = this.#sizes
    const producers = this.#producers
    let stream = -1
    let last = -1
    let count = 0
    let sum = 0
    while (walk.next()) {
      const { bytes, valueStart: start, valueLength: length } = walk
      // Negative from 2³¹ on, and so not the common one.
      const sequence =
        bytes[start]! |
        (bytes[start + 1]! << 8) |
        (bytes[start + 2]! << 16) |
        (bytes[start + 3]! << 24)
      const producer = bytes[start + PRODUCER_BYTE]!
      const partition = walk.partition ?? 0
      const own = partition * producers + producer
      if (own !== stream) {
        this.#take(stream, last, count, sum)
        count = 0
        sum = 0
        stream = own
        last = lastSequences[own] ?? -1
      }
      const isCommon =
        sequence > last &&
        length === sizes[sequence & mask] &&
        producer < producers &&
        bytes[start + length - 1] === PATTERN
      if (isCommon) {
        last = sequence
        count++
        sum += sequence
        continue
      }
      this.#take(stream, last, count, sum)
      count = 0
      sum = 0
      this.check(bytes, start, length, partition)
      last = lastSequences[own]!
    }
    this.#take(stream, last, count, sum)
  }

  #take(stream: number, last: number, count: number, sum: number): void {
    if (count === 0) return
    this.#lastSequences[stream] = last
    this.#count += count
    this.#sum = wrapped(this.#sum + sum)
  }
}

/** What `count` records with the sequences from `first` on add up to. */
export function expectedTally(first: number, count: number): Tally {
  const n = BigInt(count)
  return tallyOf(n, (n * (2n * BigInt(first) + n - 1n)) / 2n)
}

/** Of those who sum in 64 bits. */
export function tallyOf(count: bigint, sum: bigint): Tally {
  return { count: Number(count), sum: Number(BigInt.asUintN(SUM_BITS, sum)) }
}

/** Of a sum or a difference of two. */
function wrapped(sum: number): number {
  if (sum < 0) return sum + SUM_MODULUS
  return sum < SUM_MODULUS ? sum : sum % SUM_MODULUS
}

/** @throws Error unless what was received is exactly what was sent. */
export function assertTally(received: readonly Tally[], sent: readonly Tally[]): void {
  const total = (tallies: readonly Tally[]): Tally =>
    tallies.reduce((a, b) => ({ count: a.count + b.count, sum: wrapped(a.sum + b.sum) }))
  const got = total(received)
  const expected = total(sent)
  if (got.count === expected.count && got.sum === expected.sum) return
  throw new Error(
    `received ${got.count} records with sum ${got.sum}, sent ${expected.count} with sum ${expected.sum}`,
  )
}
