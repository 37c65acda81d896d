import type { FaultAction } from '../programs/program.ts'
import type { EventOf } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import { GivenRecords } from './given-records.ts'
import { partitionKey } from './partition-key.ts'

type Undelivered = EventOf<'undelivered'>

/** What any batch may fail with, whatever goes wrong on purpose. */
export const OF_RECORDS: readonly string[] = ['BUFFER_FULL', 'REQUEST_TIMED_OUT', 'PRODUCER_CLOSED']

/**
 * What the batches of a program's producers failed with, as the history goes on; and what the architecture's
 * section on when a batch may fail allows for it.
 */
export class FailedBatches {
  readonly #history: CheckedHistory
  readonly #given: GivenRecords
  /** Errors that producers were told of, by producer. */
  readonly #told = new Map<string, Set<string>>()
  /** Producers and partitions of batches that were given up, though the log may have them. */
  readonly #inDoubt = new Set<string>()
  /** Producers with a batch that may have been given up because a later one was appended. */
  readonly #overtaken = new Set<string>()

  constructor(history: CheckedHistory) {
    this.#history = history
    this.#given = new GivenRecords(history)
  }

  /** A batch has failed; whether it may fail so. */
  see(event: Undelivered): boolean {
    const { actor, error, isMaybeAppended } = event
    const place = `${actor} ${partitionKey(event)}`
    const isExplained = this.#isExplained(event, this.#inDoubt.has(place))
    if (isMaybeAppended) this.#inDoubt.add(place)
    if (error === 'WORKER_CRASHED' && this.#mayBeOvertaken(event)) this.#overtaken.add(actor)
    const told = this.#told.get(actor) ?? new Set()
    this.#told.set(actor, told.add(error))
    return isExplained
  }

  /** Whether a producer, or one whose name begins so, was told of that error before. */
  hasTold(actor: string, error: string): boolean {
    for (const [name, errors] of this.#told) {
      if ((name === actor || name.startsWith(`${actor}#`)) && errors.has(error)) return true
    }
    return false
  }

  /**
   * Whether a record had no time left for what is tried again as long as there is, or was not to be tried again.
   *
   * @param producer The record's.
   */
  isDue({ actor, number, error, atMs }: EventOf<'failed'>, producer: string): boolean {
    if (error === 'WORKER_CRASHED' && this.#overtaken.has(producer)) return true
    const config = this.#history.producer(actor)?.config
    const isTriedAgain =
      error === 'WORKER_CRASHED' || (error === 'CORRUPT_MESSAGE' && config?.idempotence !== false)
    if (!isTriedAgain || config === undefined) return true
    const given = this.#given.find(`${actor}:${number}`)
    return given === undefined || atMs - given.atMs >= (config.deliveryTimeoutMs ?? 120_000) - 1
  }

  /**
   * Whether the answer to a batch without a number may have been dropped, and a later one answered: the batch is
   * not sent again when the worker dies, as it would come behind that one.
   */
  #mayBeOvertaken(event: Undelivered): boolean {
    if (this.#history.producer(event.actor)?.config.idempotence !== false) return false
    return this.#history.program.faults.some(
      (fault) => fault.do === 'dropAcks' && isAt(fault, event),
    )
  }

  #isExplained(event: Undelivered, isBehindDoubt: boolean): boolean {
    const { error, isMaybeAppended } = event
    if (OF_RECORDS.includes(error)) return true
    // No answer came to it, and one before it was given up without an answer.
    if (error === 'OUT_OF_ORDER_SEQUENCE_NUMBER') return isMaybeAppended && isBehindDoubt
    return this.#history.program.faults.some((fault) => {
      return 'at' in fault && isAt(fault, event) && isCause(fault, error)
    })
  }
}

function isAt({ at }: Extract<FaultAction, { at: unknown }>, event: Undelivered): boolean {
  return at.topic === event.topic && at.partition === event.partition
}

/** Whether batches of its partition may fail with it because of that fault. */
export function isCause(fault: FaultAction, error: string): boolean {
  if (fault.do === 'failAppends') return fault.code === error
  // The time for another attempt was over.
  if (fault.do === 'killWorker') return error === 'WORKER_CRASHED'
  return fault.do === 'corruptBatch' && error === 'CORRUPT_MESSAGE'
}
