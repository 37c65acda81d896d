import {
  rangeAssignor,
  type Assignor,
  type AssignorRequest,
} from '@ringlog/core/internal/assignors'

/** Answers what a test writes down: by member id, its partitions of the topic `orders`. */
export class ScriptedAssignor implements Assignor {
  readonly name = 'scripted'
  plan: Readonly<Record<string, readonly number[]>> = {}
  isBroken = false
  /** What it was asked last. */
  request: AssignorRequest | null = null

  assign(request: AssignorRequest): ReturnType<Assignor['assign']> {
    this.request = structuredClone(request)
    if (this.isBroken) throw new Error('out of order')
    return new Map(
      Object.entries(this.plan).map(([memberId, partitions]) => [
        memberId,
        partitions.map((partition) => ({ topic: 'orders', partition })),
      ]),
    )
  }

  /** What it was told last that a member has: the numbers of its partitions. */
  ownedBy(memberId: string): number[] {
    const member = this.request!.members.find((one) => one.memberId === memberId)!
    return member.owned.map(({ partition }) => partition)
  }
}

/** Assigns by ranges until it is broken. */
export class FailingAssignor implements Assignor {
  readonly name = 'failing'
  isBroken = false

  assign(request: AssignorRequest): ReturnType<Assignor['assign']> {
    if (this.isBroken) throw new Error('no idea')
    return rangeAssignor.assign(request)
  }
}
