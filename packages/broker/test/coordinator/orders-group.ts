import { stickyAssignor, type Assignor } from '@ringlog/core/internal/assignors'
import { SimulatedGroup } from './simulated-group.ts'
import { nameOf, type SimulatedMember } from './simulated-member.ts'

/** A group whose members all subscribe to the topic `orders`. */
export class OrdersGroup extends SimulatedGroup {
  constructor(partitions = 4) {
    super(partitions === 0 ? {} : { orders: partitions })
  }

  get state(): string {
    return this.coordinator.state
  }

  joinOrders(
    instanceId: string | null = null,
    assignor: Assignor = stickyAssignor,
  ): SimulatedMember {
    return this.join({ instanceId, subscription: { topics: ['orders'] }, assignor })
  }

  /** Members that have joined one after the other, and have what they are to have. */
  joined(count: number): SimulatedMember[] {
    const members = Array.from({ length: count }, () => {
      const member = this.joinOrders()
      this.run()
      return member
    })
    this.events.length = 0
    return members
  }

  targetOf(member: SimulatedMember): string[] {
    const { members } = this.coordinator.describe()
    const { target } = members.find(({ memberId }) => memberId === member.memberId)!
    return target.map(nameOf).toSorted()
  }
}
