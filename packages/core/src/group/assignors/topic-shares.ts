import { NOBODY, NO_WAY, negativeCycle } from './negative-cycle.ts'

/** Partitions of one topic, each with the member that owned it before, or NOBODY. */
export interface TopicPartitions {
  readonly partitions: readonly number[]
  readonly owners: readonly number[]
}

/**
 * Shares partitions out among members that all subscribe to the same topics: evenly topic by topic, and
 * evenly in all; then so that as few as possible leave their owner. Everything is a small whole number
 * here: members, topics and partitions.
 *
 * Of each topic every member gets the same number. What is left of it, less than one for each, are the
 * extras of the topic: at most one to a member. Which members get them is a flow of least cost, as in
 * `BalancedPlacement`: extras begin with members that own more than the share anyway, and move along
 * the negative cycles of
 *
 * ```
 *   a ──▶ b      a gives b its extra of a topic that b has none of: +1 if a would lose a partition that
 *                it owns by that, -1 if b keeps one, else 0
 *   pool ──▶ a   a chain begins at a, which then has one extra less
 *   b ──▶ pool   a chain ends at b, which then has one more
 * ```
 *
 * @returns By member, its partitions.
 */
export function shareByTopic(memberCount: number, topics: readonly TopicPartitions[]): number[][] {
  const shares = new TopicShares(memberCount, topics)
  shares.balance()
  return shares.deal()
}

class TopicShares {
  readonly #memberCount: number
  readonly #topics: readonly TopicPartitions[]
  /** By topic and member. */
  readonly #isExtra: Uint8Array
  readonly #wantsExtra: Uint8Array
  /** By member. */
  readonly #extras: Int32Array
  readonly #weight: number
  readonly #pool: number
  /** By node and node, the pool being the last. */
  readonly #costs: Float64Array

  constructor(memberCount: number, topics: readonly TopicPartitions[]) {
    this.#memberCount = memberCount
    this.#topics = topics
    this.#isExtra = new Uint8Array(topics.length * memberCount)
    this.#wantsExtra = new Uint8Array(topics.length * memberCount)
    this.#extras = new Int32Array(memberCount)
    this.#weight = memberCount + 2
    this.#pool = memberCount
    this.#costs = new Float64Array((memberCount + 1) ** 2)
    for (let topic = 0; topic < topics.length; topic++) this.#begin(topic)
  }

  balance(): void {
    for (let a = 0; a < this.#memberCount; a++) this.#costOf(a)
    const nodeCount = this.#memberCount + 1
    for (;;) {
      const cycle = negativeCycle(this.#costs, nodeCount)
      if (cycle === null) return
      for (const [i, from] of cycle.entries()) {
        const to = cycle[(i + 1) % cycle.length]!
        if (from !== this.#pool && to !== this.#pool) this.#carry(from, to)
      }
      for (const member of cycle) if (member !== this.#pool) this.#costOf(member)
    }
  }

  /** Every member keeps what it owns within its share; the rest goes to the members that have least. */
  deal(): number[][] {
    const members = Array.from({ length: this.#memberCount }, (): number[] => [])
    const left: Array<[partition: number, room: Int32Array]> = []
    for (const [topic, { partitions, owners }] of this.#topics.entries()) {
      const share = this.#shareOf(topic)
      const room = new Int32Array(this.#memberCount)
      for (let member = 0; member < this.#memberCount; member++) {
        room[member] = share + this.#isExtra[this.#at(topic, member)]!
      }
      for (const [i, partition] of partitions.entries()) {
        const owner = owners[i]!
        if (owner === NOBODY || room[owner] === 0) left.push([partition, room])
        else {
          room[owner]!--
          members[owner]!.push(partition)
        }
      }
    }
    for (const [partition, room] of left) {
      let least = NOBODY
      for (let member = 0; member < this.#memberCount; member++) {
        if (room[member] === 0) continue
        if (least === NOBODY || members[member]!.length < members[least]!.length) least = member
      }
      room[least]!--
      members[least]!.push(partition)
    }
    return members
  }

  #at(topic: number, member: number): number {
    return topic * this.#memberCount + member
  }

  #shareOf(topic: number): number {
    return Math.floor(this.#topics[topic]!.partitions.length / this.#memberCount)
  }

  /** Gives a topic's extras to members that own one, then to those that have fewest. */
  #begin(topic: number): void {
    const { partitions, owners } = this.#topics[topic]!
    const share = this.#shareOf(topic)
    const owned = new Int32Array(this.#memberCount)
    for (const owner of owners) if (owner !== NOBODY) owned[owner]!++
    for (let member = 0; member < this.#memberCount; member++) {
      this.#wantsExtra[this.#at(topic, member)] = owned[member]! > share ? 1 : 0
    }
    const worth = (member: number): number =>
      this.#extras[member]! - this.#wantsExtra[this.#at(topic, member)]! * this.#topics.length
    const order = Array.from({ length: this.#memberCount }, (_, member) => member)
    order.sort((a, b) => worth(a) - worth(b) || a - b)
    for (const member of order.slice(0, partitions.length - share * this.#memberCount)) {
      this.#isExtra[this.#at(topic, member)] = 1
      this.#extras[member]!++
    }
  }

  /** Carries the extra that costs least. */
  #carry(from: number, to: number): void {
    let best = NOBODY
    let bestCost = NO_WAY
    for (let topic = 0; topic < this.#topics.length; topic++) {
      const cost = this.#carryCost(topic, from, to)
      if (cost >= bestCost) continue
      best = topic
      bestCost = cost
    }
    this.#isExtra[this.#at(best, from)] = 0
    this.#isExtra[this.#at(best, to)] = 1
    this.#extras[from]!--
    this.#extras[to]!++
  }

  #carryCost(topic: number, from: number, to: number): number {
    const [a, b] = [this.#at(topic, from), this.#at(topic, to)]
    if (this.#isExtra[a] === 0 || this.#isExtra[b] === 1) return NO_WAY
    return this.#wantsExtra[a]! - this.#wantsExtra[b]!
  }

  /** Works out what it costs to carry an extra from or to this member, and to end a chain at it. */
  #costOf(member: number): void {
    const nodeCount = this.#memberCount + 1
    for (let other = 0; other < this.#memberCount; other++) {
      let there = NO_WAY
      let back = NO_WAY
      for (let topic = 0; topic < this.#topics.length; topic++) {
        there = Math.min(there, this.#carryCost(topic, member, other))
        back = Math.min(back, this.#carryCost(topic, other, member))
      }
      this.#costs[member * nodeCount + other] = there
      this.#costs[other * nodeCount + member] = back
    }
    const extras = this.#extras[member]!
    this.#costs[member * nodeCount + this.#pool] = (2 * extras + 1) * this.#weight
    this.#costs[this.#pool * nodeCount + member] =
      extras > 0 ? -(2 * extras - 1) * this.#weight : NO_WAY
    this.#costs[nodeCount * nodeCount - 1] = NO_WAY
  }
}
