import { RinglogError } from '../errors/ringlog-error.ts'

/**
 * What a member of a group and the controller tell each other without a call: one SharedArrayBuffer
 * for each member, never used again for another. 64-bit words, little-endian.
 *
 * ```text
 *  byte   name               writer       readers      access
 *     0   ASSIGNMENT_EPOCH   controller   the member   Atomics.store / load   INV-33
 *     8   FENCE              controller   the member   Atomics.store / load   INV-33
 *    16   FENCE_ELAPSED_MS   controller   the member   Atomics.store / load, before FENCE
 *    24   (spare)
 *   128   LAST_POLL_MS       the member   controller   Atomics.store / load   INV-34
 *   136   (spare)
 *   256   (end)
 * ```
 *
 * ASSIGNMENT_EPOCH: differs from the epoch that the member has seen when there is something new for
 * it; -1 once it is fenced. FENCE: 0 while it is a member, then why it is none any more. LAST_POLL_MS: when it last polled, on
 * the clock of `monotonicMs`; -1 while it waits in a poll.
 */
export const MEMBER_BYTES = 256

/** Bytes between words with different writers: two cache lines. */
const LINE_BYTES = 128
const WORD_BYTES = 8

export const ASSIGNMENT_EPOCH_BYTE = 0
export const FENCE_BYTE = ASSIGNMENT_EPOCH_BYTE + WORD_BYTES
export const FENCE_ELAPSED_MS_BYTE = FENCE_BYTE + WORD_BYTES
export const LAST_POLL_MS_BYTE = ASSIGNMENT_EPOCH_BYTE + LINE_BYTES

const ASSIGNMENT_EPOCH_WORD = ASSIGNMENT_EPOCH_BYTE / WORD_BYTES
const FENCE_WORD = FENCE_BYTE / WORD_BYTES
const FENCE_ELAPSED_MS_WORD = FENCE_ELAPSED_MS_BYTE / WORD_BYTES
const LAST_POLL_MS_WORD = LAST_POLL_MS_BYTE / WORD_BYTES

if (LAST_POLL_MS_BYTE + LINE_BYTES !== MEMBER_BYTES)
  throw new Error('member layout does not add up')

const WAITING = -1n
const FENCED_EPOCH = -1n

/**
 * Why a member was put out of its group, in the order of the words' values:
 *
 * - `maxPollInterval`: it has not polled for `maxPollIntervalMs`.
 * - `rebalanceTimeout`: it polls, but has not let go of a partition that its group gives to another member
 *   within `maxPollIntervalMs` (a thread whose event loop never turns).
 * - `replaced`: a live member with the same `groupInstanceId` has joined.
 * - `slowPattern`: its pattern took too long on the name of a new topic.
 * - `session`: its coordinator has not heard of it for so long that its session has ended.
 */
export const FENCE_REASONS = [
  'maxPollInterval',
  'rebalanceTimeout',
  'replaced',
  'slowPattern',
  'session',
] as const
export type FenceReason = (typeof FENCE_REASONS)[number]

/**
 * Both ends of a member's memory.
 *
 * Thread: each method belongs to the writer or the readers that the diagram names.
 */
export class MemberMemory {
  readonly memory: SharedArrayBuffer
  readonly #words: BigInt64Array

  /** Opens the memory of a member; without one, makes a new one. */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(MEMBER_BYTES)) {
    this.memory = memory
    this.#words = new BigInt64Array(memory)
  }

  // ---- the member ----

  get assignmentEpoch(): number {
    return Number(Atomics.load(this.#words, ASSIGNMENT_EPOCH_WORD)) // INV-33
  }

  /** Why the member was put out of its group, and for how long it had been so; `null`: it is in. */
  get fence(): { reason: FenceReason; elapsedMs: number } | null {
    const value = Number(Atomics.load(this.#words, FENCE_WORD)) // INV-33
    if (value === 0) return null
    const elapsedMs = Number(Atomics.load(this.#words, FENCE_ELAPSED_MS_WORD))
    const reason = FENCE_REASONS[value - 1]
    if (reason !== undefined) return { reason, elapsedMs }
    throw new RinglogError(
      'CORRUPT_MESSAGE',
      `the memory of a member has a fence that cannot be: ${value}`,
    )
  }

  /** The member polls, or comes back from waiting in a poll. */
  beat(nowMs: number): void {
    Atomics.store(this.#words, LAST_POLL_MS_WORD, BigInt(Math.floor(nowMs))) // INV-34
  }

  /** The member waits in a poll: it is not stuck, however long that takes. */
  beginWaiting(): void {
    Atomics.store(this.#words, LAST_POLL_MS_WORD, WAITING) // INV-34
  }

  // ---- the controller ----

  /** There is something new for the member. Its doorbell is rung after this. */
  setAssignmentEpoch(epoch: number): void {
    Atomics.store(this.#words, ASSIGNMENT_EPOCH_WORD, BigInt(epoch)) // INV-33
  }

  /** The member is in the group no more. Its doorbell is rung after this. */
  setFence(reason: FenceReason, elapsedMs: number): void {
    Atomics.store(this.#words, FENCE_ELAPSED_MS_WORD, BigInt(Math.floor(elapsedMs)))
    Atomics.store(this.#words, FENCE_WORD, BigInt(FENCE_REASONS.indexOf(reason) + 1)) // INV-33
    Atomics.store(this.#words, ASSIGNMENT_EPOCH_WORD, FENCED_EPOCH) // INV-33: so that one word tells
  }

  /** When the member last polled, on the clock of `monotonicMs`; `Infinity` while it waits in a poll. */
  get lastPollMs(): number {
    const value = Atomics.load(this.#words, LAST_POLL_MS_WORD) // INV-34
    return value === WAITING ? Infinity : Number(value)
  }
}
