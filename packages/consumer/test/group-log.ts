import {
  Doorbell,
  GateView,
  Grant,
  RingLogReader,
  RinglogError,
  createGateMemory,
  heldSince,
  type CommitDescription,
  type ConsumerDoorbell,
  type FenceReason,
  type GroupChange,
  type GroupMembership,
  type JoinGroupRequest,
  type MemberFence,
  type OpenPartition,
  type TopicPartition,
} from '@ringlog/core/internal'
import { MemoryLog } from './memory-log.ts'

/**
 * Where a partition is: with nobody who is tested (`away`), on its way to the member with its next
 * answer (`ready`), in its hands (`held`), wanted back (`wanted`), and the member has heard so
 * (`releasing`).
 */
type Phase = 'away' | 'ready' | 'held' | 'wanted' | 'releasing'

/** A partition as its group knows it, with the gate that the group's commits lie in. */
export class GroupPartition {
  phase: Phase = 'away'
  gate = new GateView(createGateMemory())

  constructor() {
    this.gate.committedWord = heldSince(0)
  }

  get isMembers(): boolean {
    return this.phase === 'held' || this.phase === 'wanted' || this.phase === 'releasing'
  }

  /** Takes the gate from whoever has it: what is committed is in new memory from now on. */
  move(phase: Phase): void {
    this.gate.revoke()
    const { committedWord } = this.gate
    this.gate = new GateView(createGateMemory())
    this.gate.committedWord = committedWord
    this.phase = phase
  }
}

/** Lets everything that is due in this thread happen, so that calls overlap. */
export function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * A group in this thread with one member, which is given partitions and asked for them as a test says.
 * Who else is in the group is not played: what the member has not is away.
 */
export class GroupLog extends MemoryLog {
  readonly states: GroupPartition[]
  /** What the member is to have when it joins. */
  readonly intended = new Set<number>()
  /** What the member has said of whether it polls, or waits in a poll. */
  readonly signs: string[] = []
  /** What members' calls to leave reject with; `null`: they leave. */
  leaveError: Error | null = null
  #member: Member | null = null

  constructor(partitionCount: number) {
    super(partitionCount)
    this.states = this.partitions.map(() => new GroupPartition())
  }

  get hasMember(): boolean {
    return this.#member !== null
  }

  give(partition: number): void {
    this.intended.add(partition)
    const state = this.states[partition]!
    if (this.#member === null || state.phase !== 'away') return
    state.phase = 'ready'
    this.#member.changed()
  }

  take(partition: number): void {
    this.intended.delete(partition)
    const state = this.states[partition]!
    if (state.phase === 'ready') state.move('away')
    if (state.phase !== 'held') return
    state.phase = 'wanted'
    this.#member!.changed()
  }

  /** Puts the member out. */
  fence(reason: FenceReason): void {
    this.#member?.putOut(reason)
    this.#part()
  }

  override async joinGroup(
    request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }> {
    await tick()
    this.#part()
    const member = new Member(this, request.memberId, request.doorbell)
    this.#member = member
    for (const partition of this.intended) this.states[partition]!.phase = 'ready'
    const change = this.answer(member, [])
    await tick()
    return { membership: member, change }
  }

  override async describeCommits(
    _groupId: string,
    consumerId: string,
    commits: readonly CommitDescription[],
  ): Promise<void> {
    if (commits.length > 0 && consumerId !== this.#member?.memberId) {
      throw new Error(`"${consumerId}" describes a commit that it did not make`)
    }
  }

  answer(member: Member, released: readonly TopicPartition[]): GroupChange {
    if (member !== this.#member) throw new RinglogError('UNKNOWN_MEMBER_ID')
    for (const { partition } of released) {
      const state = this.states[partition]!
      if (state.phase !== 'releasing') throw new Error(`${partition} was not to be let go`)
      state.move(this.intended.has(partition) ? 'ready' : 'away')
    }
    const granted: OpenPartition[] = []
    const toRelease: TopicPartition[] = []
    for (const [partition, state] of this.states.entries()) {
      if (state.phase === 'ready') {
        state.phase = 'held'
        granted.push(this.#open(partition))
      } else if (state.phase === 'wanted' || state.phase === 'releasing') {
        state.phase = 'releasing'
        toRelease.push(this.at(partition))
      }
    }
    return { granted, toRelease }
  }

  left(member: Member): void {
    if (member === this.#member) this.#part()
  }

  #part(): void {
    this.#member = null
    for (const state of this.states) state.move('away')
  }

  #open(partition: number): OpenPartition {
    const { memory } = this.partitions[partition]!
    const { gate } = this.states[partition]!
    return {
      ...this.at(partition),
      reader: new RingLogReader(memory),
      startOffset: gate.heldOffset,
      heldOffset: null,
      release: () => undefined,
      commits: new Grant(gate.memory, memory, new Doorbell()),
      isOffline: () => false,
      isDeleted: () => false,
    }
  }
}

/** The member's end. Its calls take a while, before the group has them and after. */
class Member implements GroupMembership {
  readonly memberId: string
  hasChanged = false
  fence: MemberFence | null = null
  readonly #log: GroupLog
  readonly #doorbell: ConsumerDoorbell

  constructor(log: GroupLog, memberId: string, doorbell: ConsumerDoorbell) {
    this.#log = log
    this.memberId = memberId
    this.#doorbell = doorbell
  }

  changed(): void {
    this.hasChanged = true
    this.#doorbell.ring()
  }

  putOut(reason: FenceReason): void {
    this.fence = { reason, elapsedMs: 0 }
    this.changed()
  }

  beat(): void {
    this.#log.signs.push('beat')
  }

  beginWaiting(): void {
    this.#log.signs.push('beginWaiting')
  }

  async reconcile(released: readonly TopicPartition[]): Promise<GroupChange> {
    await tick()
    const change = this.#log.answer(this, released)
    this.hasChanged = false
    await tick()
    return change
  }

  changeSubscription(): Promise<GroupChange> {
    return this.reconcile([])
  }

  async leave(): Promise<void> {
    await tick()
    if (this.#log.leaveError !== null) throw this.#log.leaveError
    this.#log.left(this)
  }
}
