import {
  Doorbell,
  Gate,
  GateTable,
  GateView,
  Grant,
  MemberMemory,
  PartitionCountWord,
  PartitionStateWord,
  createGateMemory,
  createRingLogMemory,
} from '@ringlog/core/internal'
import { Choices } from '../input/choices.ts'
import { kindOf, refusalOf } from './refusal.ts'
import { demand, type Target } from './target.ts'

const GATE_BYTES = 256

/**
 * The words by which threads tell each other something without a call: gates, grants, members, doorbells,
 * states. Whatever they hold, each is read as a number, a state or none, and no wait goes on past its time.
 */
export function wordsTarget(): Target {
  const ring = createRingLogMemory(64 * 1024)
  const gateMemory = createGateMemory()
  const gateWords = new BigInt64Array(gateMemory)
  const member = new MemberMemory()
  const memberWords = new BigInt64Array(member.memory)
  const doorbell = new Doorbell()
  const doorbellWords = new Int32Array(doorbell.memory)
  const count = new PartitionCountWord()
  const countWords = new Int32Array(count.memory)
  const state = new PartitionStateWord(ring)
  const stateWords = new BigInt64Array(ring, 768, 1)

  function lookAtGates(choices: Choices): string {
    gateWords[choices.below(GATE_BYTES / 8)] = BigInt(choices.integer())
    const table = new GateTable<string>()
    table.open('a', createGateMemory(), 5, 'a')
    const view = new GateView(gateMemory)
    const gate = new Gate(gateMemory, ring)
    const grant = new Grant(gateMemory, ring, doorbell)
    const numbers = [view.heldOffset, view.position, view.currentOffset, gate.offset]
    demand(numbers.every(Number.isInteger), () => `a gate is at ${String(numbers)}`)
    const committed = [view.committed, grant.committed]
    for (const offset of committed) {
      demand(offset === null || offset >= 0, () => `${String(offset)} is committed`)
    }
    demand(typeof grant.isRevoked === 'boolean', () => 'a grant is neither revoked nor not')
    const offset = Math.abs(choices.integer())
    const isAccepted = grant.commit(offset)
    demand(isAccepted !== grant.isRevoked, () => 'a revoked grant took a commit')
    gate.release(Math.abs(choices.integer()))
    demand(table.lowest().offset === 5, () => 'a gate of others moved')
    return `gate ${isAccepted ? 'committed' : 'revoked'}`
  }

  function lookAtMember(choices: Choices): string {
    memberWords[choices.below(memberWords.length)] = BigInt(choices.integer())
    const { lastPollMs, assignmentEpoch } = member
    demand(Number.isInteger(assignmentEpoch), () => 'an epoch that is no number')
    demand(!Number.isNaN(lastPollMs), () => 'a poll at no time')
    let reason: string | null = null
    const refusal = refusalOf(() => {
      const { fence } = member
      demand(fence === null || typeof fence.reason === 'string', () => 'a fence without a reason')
      reason = fence?.reason ?? 'within'
    })
    memberWords.fill(0n)
    return `member ${refusal === null ? String(reason) : kindOf(refusal)}`
  }

  function lookAtDoorbell(choices: Choices): string {
    doorbellWords[choices.below(2) * 32] = choices.int32()
    doorbell.ring()
    let looks = 0
    const isMet = doorbell.waitSync(() => ++looks > 2, { deadlineMs: 0 })
    demand(looks <= 3, () => 'a wait past its deadline goes on')
    doorbell.ringUnconditionally()
    return `doorbell ${isMet ? 'met' : 'late'}`
  }

  function lookAtStates(choices: Choices): string {
    countWords[0] = choices.int32()
    stateWords[0] = BigInt(choices.integer())
    demand(Number.isInteger(count.count), () => 'a count that is none')
    const { isOffline, isDeleted } = state
    demand(isOffline || !isDeleted, () => 'a deleted partition is online')
    return `state ${isDeleted ? 'deleted' : isOffline ? 'offline' : 'online'}`
  }

  /** Memory of any size, where another is expected. */
  function open(choices: Choices): string {
    const memory = new SharedArrayBuffer(choices.pick([0, 1, 4, 7, 8, 128, 255, 256, 1024, 4096]))
    const makers = [
      () => new PartitionStateWord(memory),
      () => new Gate(createGateMemory(), memory),
      () => new Grant(createGateMemory(), memory, doorbell),
    ]
    const refusal = refusalOf(choices.pick(makers))
    return refusal === null ? 'opened' : kindOf(refusal)
  }

  const looks = [lookAtGates, lookAtMember, lookAtDoorbell, lookAtStates, open]
  return {
    name: 'words',
    covers: [
      ...['gate', 'grant', 'gate-view', 'gate-table', 'gate-layout'].map(
        (file) => `packages/core/src/gate/${file}.ts`,
      ),
      'packages/core/src/group/member-memory.ts',
      'packages/core/src/ring/partition-state.ts',
    ],
    generate: (random) => random.bytes(2 + random.below(40)),
    run(input) {
      const choices = new Choices(input)
      return choices.pick(looks)(choices)
    },
  }
}
