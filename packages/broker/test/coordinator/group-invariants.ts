import assert from 'node:assert/strict'
import type { SimulatedGroup } from './simulated-group.ts'
import { nameOf, type SimulatedMember } from './simulated-member.ts'

// Checked after each of millions of steps: `expect` would take most of the time.

/** What must hold after every step, whatever happened. */
export function checkInvariants(group: SimulatedGroup): void {
  checkMembers(group)
  checkOwnership(group)
  group.gates.check()
  if (group.coordinator.state === 'stable') checkStable(group)
}

function checkMembers(group: SimulatedGroup): void {
  const { coordinator, topics, pending } = group
  const { groupEpoch, targetEpoch, members } = coordinator.describe()
  assert(targetEpoch <= groupEpoch)
  for (const { memberId, topics: subscribed, target } of members) {
    assert.equal(subscribed.join(), group.member(memberId).subscribed(topics.keys()).join())
    for (const { topic, partition } of target) assert(partition < (topics.get(topic) ?? 0))
    // What it waits for depends on nobody but us.
    if (coordinator.isAwaitingGrants(memberId)) assert(pending.length > 0)
  }
}

/** Nobody's commit would be accepted but the owner's. */
function checkOwnership({ members, topics, gates, coordinator }: SimulatedGroup): void {
  const owners = new Set<string>()
  for (const { memberId, gates: held } of members) {
    for (const gate of held.values()) {
      if (gate.isRevoked) continue
      assert(!owners.has(gate.name), `two owners of ${gate.name}`)
      owners.add(gate.name)
      const isDeleted = gate.name !== gates.nameAt(gate) || !topics.has(gate.topic)
      if (!isDeleted) assert.equal(coordinator.ownerOf(gate), memberId)
    }
  }
}

/** Every partition that is subscribed to has exactly one owner, or is kept for a static member. */
function checkStable(group: SimulatedGroup): void {
  const { members, groupEpoch } = group.coordinator.describe()
  const owners = new Set<string>()
  for (const { memberId, topics, target, assignment, isLive, memberEpoch } of members) {
    for (const at of target) {
      assert(!owners.has(nameOf(at)), `${nameOf(at)} is to be owned twice`)
      owners.add(nameOf(at))
      assert(topics.includes(at.topic), `${memberId} does not subscribe to ${at.topic}`)
      if (isLive) assert(!group.gates.at(at).isRevoked)
    }
    if (isLive) {
      assert.equal(memberEpoch, groupEpoch)
      const names = target.map((at) => group.gates.nameAt(at)).toSorted()
      assert.equal([...group.member(memberId).gates.keys()].toSorted().join(), names.join())
    } else {
      assert.equal(assignment.length, 0)
    }
  }
  for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
    for (let partition = 0; partition < group.topics.get(topic)!; partition++) {
      const name = nameOf({ topic, partition })
      assert(owners.has(name), `nobody owns ${name}`)
    }
  }
}

/** Nobody is woken for nothing: something is ready for it, or it has to hear what to let go. */
export function checkHasNews(
  { coordinator, pending }: SimulatedGroup,
  member: SimulatedMember,
): void {
  const { assignment } = coordinator
    .describe()
    .members.find(({ memberId }) => memberId === member.memberId)!
  const { toRelease } = coordinator.assignmentOf(member.memberId)
  const isOnItsWay = pending.some(
    (other) =>
      other.kind === 'move' &&
      other.effect.type === 'grant' &&
      other.effect.memberId === member.memberId,
  )
  const isNew =
    isOnItsWay ||
    assignment.some((at) => !member.held.includes(nameOf(at))) ||
    toRelease.some((at) => !member.toRelease.has(nameOf(at)))
  assert(isNew, `${member.memberId} is notified of nothing`)
}
