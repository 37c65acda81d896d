import {
  FAULT_CALLED_OFF,
  FAULT_ENDED,
  FaultSwitch,
  RinglogError,
  awaitWithin,
  checkPartition,
  checkWaitOptions,
  faultInjectorOf,
  partitionName,
  type CallWaitOptions,
  type LogClient,
  type PartitionFault,
  type TopicPartition,
} from '@ringlog/core/internal'

/** How long `struck` waits, unless told otherwise. */
const STRUCK_TIMEOUT_MS = 30_000

/**
 * A fault that is in force in the worker of one partition. It ends with that worker: the one that takes its
 * place knows nothing of it.
 *
 * It can be held by `using`, which lifts it at the end of the block.
 */
export interface InjectedFault extends Disposable {
  /**
   * Resolves once the fault has struck for the first time: the thread has reached the step at which it is
   * killed, an append was refused, an answer held back.
   *
   * @param options.timeoutMs Default 30,000.
   * @throws RinglogError REQUEST_TIMED_OUT; INVALID_STATE when the fault was lifted before it struck;
   *   WORKER_CRASHED when the worker ended before. `signal.reason` when aborted.
   */
  struck(options?: CallWaitOptions): Promise<void>
  /**
   * Ends the fault: it does not strike from now on, a pause is over, answers that are late arrive. What it
   * has done stays. May be called twice.
   */
  lift(): void
}

/**
 * Injects a fault into the worker of a partition; resolves when it is in force.
 *
 * @throws RinglogError as the functions say that are made of this.
 */
export async function injectFault(
  client: LogClient,
  partition: TopicPartition,
  fault: PartitionFault,
): Promise<InjectedFault> {
  const injector = faultInjectorOf(client)
  const at = checkPartition(partition)
  const faultSwitch = new FaultSwitch()
  await injector.inject({
    type: 'partition',
    at,
    switched: { fault, memory: faultSwitch.memory },
  })
  return new SwitchedFaultHandle(`${fault.type} of partition ${nameOf(at)}`, faultSwitch)
}

class SwitchedFaultHandle implements InjectedFault {
  readonly #name: string
  readonly #switch: FaultSwitch

  constructor(name: string, faultSwitch: FaultSwitch) {
    this.#name = name
    this.#switch = faultSwitch
  }

  async struck(options: CallWaitOptions = {}): Promise<void> {
    checkWaitOptions('struck()', options)
    const { timeoutMs = STRUCK_TIMEOUT_MS, signal } = options
    const decided = this.#switch.untilDecided()
    const state = await awaitWithin(decided, `struck() of ${this.#name}`, { timeoutMs, signal })
    if (state === FAULT_CALLED_OFF) {
      throw new RinglogError('INVALID_STATE', `${this.#name} was lifted before it struck`)
    }
    if (state === FAULT_ENDED) {
      throw new RinglogError(
        'WORKER_CRASHED',
        `${this.#name} can strike no more: the partition's worker has ended`,
      )
    }
  }

  lift(): void {
    this.#switch.callOff()
  }

  [Symbol.dispose](): void {
    this.lift()
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return partitionName(topic, partition)
}
