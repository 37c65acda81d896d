import type { Consumer, RebalanceListener, TopicPartition } from 'ringlog'
import type { ListenerSpec } from '../programs/program.ts'
import { sleep, type ActorContext } from './actor-context.ts'
import { PlannedFailure, type Calls } from './calls.ts'

/** Who is told: one consumer, while it is open. */
export interface Member {
  readonly actor: string
  readonly group: string | null
  readonly consumer: Consumer
}

/** A rebalance listener that writes down what it is told, and then does what its program says. */
export class RebalanceRecorder implements RebalanceListener {
  readonly #member: Member
  readonly #onTakenAway: (partitions: readonly TopicPartition[]) => void
  readonly #spec: ListenerSpec
  readonly #context: ActorContext
  readonly #calls: Calls
  #told = 0
  #running = 0

  constructor(
    member: Member,
    spec: ListenerSpec,
    context: ActorContext,
    calls: Calls,
    onTakenAway: (partitions: readonly TopicPartition[]) => void = () => undefined,
  ) {
    this.#member = member
    this.#onTakenAway = onTakenAway
    this.#spec = spec
    this.#context = context
    this.#calls = calls
  }

  /** Whether it is being told of something right now: the consumer has not yet drawn the consequences. */
  get isRunning(): boolean {
    return this.#running > 0
  }

  onPartitionsAssigned(partitions: TopicPartition[]): Promise<void> {
    return this.#tell('assigned', partitions)
  }

  onPartitionsRevoked(partitions: TopicPartition[]): Promise<void> {
    return this.#tell('revoked', partitions)
  }

  onPartitionsLost(partitions: TopicPartition[]): Promise<void> {
    return this.#tell('lost', partitions)
  }

  async #tell(type: 'assigned' | 'revoked' | 'lost', partitions: TopicPartition[]): Promise<void> {
    this.#running++
    try {
      await this.#act(type, partitions)
    } finally {
      setImmediate(() => this.#running--)
    }
  }

  async #act(type: 'assigned' | 'revoked' | 'lost', partitions: TopicPartition[]): Promise<void> {
    const { actor, group, consumer } = this.#member
    const { slowMs, commits, throwsIn, reenters } = this.#spec
    this.#context.history.write({ type, actor, group, partitions })
    if (slowMs > 0) await sleep(slowMs)
    if (commits && type === 'revoked' && group !== null) {
      await this.#calls.attempt('commit in listener', 0, () => consumer.commit())
    }
    if (reenters === 'poll') {
      await this.#calls.attempt('poll in listener', 0, () => consumer.poll({ timeoutMs: 0 }))
    } else if (reenters === 'unsubscribe') {
      await this.#calls.attempt('unsubscribe in listener', 0, () => consumer.unsubscribe())
    }
    if (type !== 'assigned') this.#onTakenAway(partitions)
    if (throwsIn === type && this.#told++ % 2 === 0) throw new PlannedFailure()
  }
}
