import type { TopicPartition } from '@ringlog/core/internal'
import assert from 'node:assert/strict'

/** A grant's memory: the holder stores offsets, and looks whether it was revoked. */
export class Gate implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly name: string
  /** `null`: the controller's own. */
  readonly memberId: string | null
  committed: number | null
  isRevoked = false

  constructor(name: string, memberId: string | null, committed: number | null) {
    this.name = name
    this.memberId = memberId
    this.committed = committed
    const [, topic, partition] = /^(.*)#\d+-(\d+)$/.exec(name)!
    this.topic = topic!
    this.partition = Number(partition)
  }

  commit(offset: number): boolean {
    if (this.isRevoked) return false
    this.committed = offset
    return true
  }

  /** The partition worker reads the final offset, and puts it into the new memory. */
  moveTo(memberId: string | null): Gate {
    return new Gate(this.name, memberId, this.committed)
  }
}

/**
 * The memory of a group's gates, and what the partition workers do with it. A topic that was deleted
 * and made again is another one: its gates have names like `orders#1-3`.
 */
export class SimulatedGates {
  readonly #gates = new Map<string, Gate>()
  readonly #incarnations = new Map<string, number>()
  /** The last offset of each that was accepted, or reset. */
  readonly #committed = new Map<string, number>()

  nameAt({ topic, partition }: TopicPartition): string {
    return `${topic}#${this.#incarnations.get(topic) ?? 0}-${partition}`
  }

  at(partition: TopicPartition): Gate {
    return this.named(this.nameAt(partition))
  }

  named(name: string): Gate {
    const gate = this.#gates.get(name) ?? new Gate(name, null, null)
    this.#gates.set(name, gate)
    return gate
  }

  /** Puts it into memory of a member's, or of the controller's own. */
  move(name: string, memberId: string | null): void {
    this.#gates.set(name, this.named(name).moveTo(memberId))
  }

  deleteTopic(topic: string): void {
    this.#incarnations.set(topic, (this.#incarnations.get(topic) ?? 0) + 1)
  }

  /** A commit, by whoever still has a grant: only its owner's is accepted. */
  commit(gate: Gate, offset: number): void {
    if (!gate.commit(offset)) return
    assert(this.named(gate.name) === gate, `a commit on an old grant of ${gate.name}`)
    this.#committed.set(gate.name, offset)
  }

  reset(gate: Gate, offset: number): void {
    gate.committed = offset
    this.#committed.set(gate.name, offset)
  }

  /** What was accepted is what the group has committed, whoever has the gate now. */
  check(): void {
    for (const [name, committed] of this.#committed) {
      assert.equal(this.named(name).committed, committed, `the committed offset of ${name}`)
    }
  }
}
