import {
  Doorbell,
  MemberMemory,
  RinglogError,
  type Clock,
  type ClockTimer,
  type FenceReason,
} from '@ringlog/core/internal'
import { errorOfNumber } from '../connection/cluster-errors.ts'
import { INVALID_SESSION_TIMEOUT } from '../connection/error-numbers.ts'
import type { MemberCall } from './member-call.ts'
import { MemberEpoch } from './member-epoch.ts'

/**
 * What a member's keeper shares with its consumer, by whichever protocol: what is new for the consumer, whether it is
 * in the group still, and whether it polls.
 *
 * Thread: the one that keeps memberships.
 */
export class KeptMember {
  readonly call: MemberCall
  readonly #clock: Clock
  readonly #memory: MemberMemory
  readonly #epoch: MemberEpoch
  readonly #doorbell: Doorbell
  #changes = 0
  #isGone = false
  #timer: ClockTimer | null = null

  constructor(call: MemberCall, clock: Clock) {
    this.call = call
    this.#clock = clock
    this.#memory = new MemberMemory(call.memberMemory)
    this.#epoch = new MemberEpoch(call.epochMemory)
    this.#doorbell = new Doorbell(call.doorbellMemory)
  }

  /** By which the consumer commits: see `MemberEpoch`. */
  get epoch(): number {
    return this.#epoch.epoch
  }

  set epoch(epoch: number) {
    this.#epoch.epoch = epoch
  }

  /** How often there was something new: what an answer to the consumer has seen. */
  get changes(): number {
    return this.#changes
  }

  get isGone(): boolean {
    return this.#isGone
  }

  /** Has the consumer call `reconcile`. */
  notifyChange(): void {
    if (this.#isGone) return
    this.#memory.setAssignmentEpoch(++this.#changes)
    this.#doorbell.ring()
  }

  /** Puts the member out; its consumer joins again, where the reason lets it. */
  fence(reason: FenceReason, elapsedMs: number): void {
    if (this.#isGone) return
    this.end()
    this.#memory.setFence(reason, elapsedMs)
    this.#doorbell.ring()
  }

  /** It is no member any more. */
  end(): void {
    this.#isGone = true
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer)
    this.#timer = null
  }

  /** @throws RinglogError UNKNOWN_MEMBER_ID. */
  assertMember(): void {
    if (!this.#isGone) return
    const { groupId } = this.call
    throw new RinglogError('UNKNOWN_MEMBER_ID', `group ${groupId} has put this member out`)
  }

  /** The error of a coordinator that does not admit the member. */
  refused(errorNumber: number): RinglogError {
    const { groupId, memberId, assignor, sessionTimeoutMs } = this.call
    const message = `group ${groupId} does not admit the member`
    const details = { groupId, memberId, assignor }
    return errorNumber === INVALID_SESSION_TIMEOUT
      ? errorOfNumber(errorNumber, `${message} with sessionTimeoutMs=${sessionTimeoutMs}`, {
          ...details,
          sessionTimeoutMs,
        })
      : errorOfNumber(errorNumber, message, details)
  }

  /**
   * Looks now and then, as long as it is a member.
   *
   * @param tick Sends a heartbeat, where it is time.
   * @param onStuck The consumer has not polled for `maxPollIntervalMs`, and has been put out.
   */
  watch(tick: () => void, onStuck: () => void): void {
    if (this.#isGone) return
    const { maxPollIntervalMs } = this.call
    const elapsedMs = this.#clock.nowMs() - this.#memory.lastPollMs
    if (elapsedMs > maxPollIntervalMs) {
      this.fence('maxPollInterval', elapsedMs)
      onStuck()
      return
    }
    tick()
    const lookMs = Math.min(Math.max(maxPollIntervalMs / 4, MIN_LOOK_MS), MAX_LOOK_MS)
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = null
      this.watch(tick, onStuck)
    }, lookMs)
    this.#timer.unref()
  }
}

const MIN_LOOK_MS = 10
/** Heartbeats are due at whole intervals of a second or more; those of tests more often. */
const MAX_LOOK_MS = 100
