import type {
  Clock,
  Doorbell,
  LaneReader,
  PartitionWorkerStep,
  SwitchedFault,
} from '@ringlog/core/internal/partition-thread'
import type { AnswerFaults } from './answer-faults.ts'
import type { HeldLaneAnswers } from './held-lane-answers.ts'
import type { InjectedFaults } from './injected-faults.ts'

/**
 * Where a partition's worker asks for the faults that tests have injected into it. Outside of tests there are
 * none, and what injects them is not even loaded.
 *
 * Thread: the partition worker.
 */
export class FaultPoints {
  readonly #clock: Clock
  #faults: InjectedFaults | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when the fault is in force. */
  async inject(fault: SwitchedFault): Promise<void> {
    const { InjectedFaults } = await import('./injected-faults.ts')
    this.#faults ??= new InjectedFaults(this.#clock)
    this.#faults.inject(fault)
  }

  /** See `InjectedFaults.reach`. */
  readonly reach = (step: PartitionWorkerStep): void => this.#faults?.reach(step)

  /** See `InjectedFaults.reachAfterTurn`. */
  reachAfterTurn(step: PartitionWorkerStep): void {
    this.#faults?.reachAfterTurn(step)
  }

  /** @throws RinglogError What the next append is to fail with, if it is. */
  throwIfRefused(): void {
    this.#faults?.throwIfRefused()
  }

  /** See `InjectedFaults.arrived`. */
  arrived(batch: Uint8Array): Uint8Array {
    return this.#faults === null ? batch : this.#faults.arrived(batch)
  }

  /** `null`: answers reach their producers at once. */
  get answers(): AnswerFaults | null {
    return this.#faults === null ? null : this.#faults.answers
  }

  /** For the answers of one lane; `null`: no fault was injected yet. */
  holdAnswersOf(reader: LaneReader, producerDoorbell: Doorbell): HeldLaneAnswers | null {
    return this.#faults === null ? null : this.#faults.holdAnswersOf(reader, producerDoorbell)
  }
}
