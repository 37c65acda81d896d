import {
  FaultSwitch,
  MAGIC_BYTE,
  RinglogError,
  setTurnEnd,
  type Clock,
  type Doorbell,
  type LaneReader,
  type PartitionWorkerStep,
  type RinglogErrorCode,
  type SwitchedFault,
} from '@ringlog/core/internal'
import { AnswerFaults } from './answer-faults.ts'
import { HeldLaneAnswers } from './held-lane-answers.ts'

/**
 * The faults that tests have injected into a partition's worker, which asks at its steps (`FaultPoints`). They
 * end with the worker: the one that takes its place has none.
 *
 * Thread: the partition worker.
 */
export class InjectedFaults {
  readonly answers: AnswerFaults
  readonly #endThread: () => void
  #kills: AimedKill[] = []
  #refusals: Refusals[] = []
  #corruptions: FaultSwitch[] = []

  /** @param endThread Ends this thread where it stands. */
  constructor(clock: Clock, endThread: () => void = exitThread) {
    this.answers = new AnswerFaults(clock)
    this.#endThread = endThread
  }

  inject({ fault, memory }: SwitchedFault): void {
    const faultSwitch = new FaultSwitch(memory)
    switch (fault.type) {
      case 'kill':
        if (fault.step !== null) this.#kills.push({ faultSwitch, step: fault.step })
        return
      case 'pause':
        this.#pause(faultSwitch, fault.ms)
        return
      case 'delayAcks':
        this.answers.delay(faultSwitch, fault.ms)
        return
      case 'dropAcks':
        this.answers.drop(faultSwitch, fault.count)
        return
      case 'failAppends':
        this.#refusals.push({ faultSwitch, code: fault.code, left: fault.times })
        return
      case 'corruptNextBatch':
        this.#corruptions.push(faultSwitch)
    }
  }

  /** The worker is at this step: ends the thread where a kill is aimed at it. */
  readonly reach = (step: PartitionWorkerStep): void => {
    if (this.#kills.length === 0) return
    this.#kills = this.#kills.filter(({ faultSwitch }) => !faultSwitch.isCalledOff)
    const isHit = this.#kills.some((kill) => kill.step === step && kill.faultSwitch.strike())
    if (isHit) this.#endThread()
  }

  /** As `reach`, once what is posted in this turn of the event loop has left. */
  reachAfterTurn(step: PartitionWorkerStep): void {
    if (this.#kills.length > 0) setTurnEnd(() => this.reach(step))
  }

  /** @throws RinglogError What the next append is to fail with, if it is. */
  throwIfRefused(): void {
    while (this.#refusals.length > 0) {
      const refusals = this.#refusals[0]!
      const isStriking = refusals.faultSwitch.strike()
      if (!isStriking || --refusals.left === 0) this.#refusals.shift()
      if (!isStriking) continue
      const { code } = refusals
      throw new RinglogError(code, `append fails with ${code}, because failAppends() says so`)
    }
  }

  /** The batch as it arrives at the log: altered, where it is to be. */
  arrived(batch: Uint8Array): Uint8Array {
    if (!this.#isToBeAltered()) return batch
    // A copy, because the producer's own bytes are as they were: it may send them again.
    const altered = batch.slice()
    altered[MAGIC_BYTE] = ~altered[MAGIC_BYTE]!
    return altered
  }

  holdAnswersOf(reader: LaneReader, producerDoorbell: Doorbell): HeldLaneAnswers {
    return new HeldLaneAnswers(reader, this.answers, producerDoorbell)
  }

  #isToBeAltered(): boolean {
    while (this.#corruptions.length > 0) if (this.#corruptions.shift()!.strike()) return true
    return false
  }

  /** Blocks the thread, once the answer to the call that injects the fault has left. */
  #pause(faultSwitch: FaultSwitch, ms: number): void {
    setTurnEnd(() => {
      if (faultSwitch.strike()) faultSwitch.block(ms)
    })
  }
}

interface AimedKill {
  readonly faultSwitch: FaultSwitch
  readonly step: PartitionWorkerStep
}

/** So many appends fail. */
interface Refusals {
  readonly faultSwitch: FaultSwitch
  readonly code: RinglogErrorCode
  left: number
}

/** Ends the thread at this instruction. */
function exitThread(): void {
  process.exit(1)
}
