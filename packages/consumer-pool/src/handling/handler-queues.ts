import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import { FifoQueue, isThenable } from '@ringlog/core/internal'
import { ArrivedRecords } from './arrived-records.ts'
import { AttemptsInTurn } from './attempts-in-turn.ts'
import { faultOf } from './handler-end.ts'
import type { HandlerQueue } from './handler-queue.ts'
import type { HandlerQueuesEvents, Handlers, HandlingParts } from './handling-parts.ts'
import type { PartitionWork } from './partition-work.ts'
import { QueueSupply } from './queue-supply.ts'
import { RecordPassage } from './record-passage.ts'
import { Turn } from './turn.ts'

/**
 * Gives records to the user's handler: at once where nothing is in the way, which costs neither a promise nor
 * a queue; else in turn.
 *
 * ```text
 *   arrived ──────────────────▶ in its handler ──▶ finished
 *      │                          ▲        │ fails
 *      ▼ one of its key           │        ▼
 *   behind it, in its queue ──▶ ready ◀── waits for its next attempt
 * ```
 *
 * Thread: the one that handles records.
 */
export class HandlerQueues {
  readonly #parts: HandlingParts
  readonly #handle: NonNullable<Handlers['handle']> | null
  readonly #attempts: AttemptsInTurn
  readonly #supply: QueueSupply
  readonly #events: HandlerQueuesEvents
  readonly #arrived = new ArrivedRecords()
  readonly #passage: RecordPassage
  /** Queues whose first record may be given to the handler. */
  readonly #ready = new FifoQueue<HandlerQueue>()
  readonly #turn = new Turn()
  #running = 0
  #isBeginning = false
  #isTurnAwaited = false
  #isRoomAwaited = false
  /** Begins no more handlers until it is reset. */
  isPaused = false

  constructor(parts: HandlingParts, events: HandlerQueuesEvents) {
    this.#parts = parts
    this.#handle = parts.handlers.handle
    this.#attempts = new AttemptsInTurn(parts)
    this.#supply = new QueueSupply(parts.tracing, this.#onEnd)
    this.#events = events
    this.#passage = new RecordPassage(parts, this.#arrived, this.#turn, {
      isPaused: () => this.isPaused,
      onPromise: (queue, answer) => this.#await(queue, answer),
      onError: (queue, error) => this.#fail(queue, error),
      onFault: (queue, fault) => this.#afterFault(queue, fault),
    })
  }

  /** Whether handlers run, or are about to. */
  get isBusy(): boolean {
    return (
      this.#running > 0 || this.#isTurnAwaited || this.#isRoomAwaited || this.#supply.isExhausted
    )
  }

  /** The event loop has turned. */
  beginTurn(): void {
    this.#turn.begin()
  }

  /** Takes records that have come. */
  add(records: ConsumerRecords, works: ReadonlyMap<string, PartitionWork>): void {
    this.#arrived.add(records, works)
  }

  /** Lets go of all that waits and is not to begin any more. */
  letGo(): void {
    for (const queue of this.#ready.shiftAll()) this.#readyOrOver(queue)
  }

  /** Begins as many handlers as may run now. */
  run(): void {
    if (this.#isBeginning || this.#isTurnAwaited) return
    this.#isBeginning = true
    try {
      while (this.#mayBegin() && this.#beginNext()) {
        if (!this.#turn.isOver()) continue
        this.#awaitTurn()
        break
      }
    } catch (error) {
      this.#events.onFailure(error)
    }
    this.#supply.putDown()
    this.#isBeginning = false
    this.#events.onProgress()
  }

  #awaitTurn(): void {
    this.#isTurnAwaited = true
    this.#turn.afterThis(() => {
      this.#isTurnAwaited = false
      this.run()
    })
  }

  #mayBegin(): boolean {
    const { tracing, producer, maxRunning } = this.#parts
    if (this.#running >= maxRunning || this.isPaused || !tracing.isFree) return false
    if (!producer.isCongested) return true
    if (!this.#isRoomAwaited) void this.#awaitRoom()
    return false
  }

  /** What handlers have written finds no room: no other begins meanwhile. */
  async #awaitRoom(): Promise<void> {
    this.#isRoomAwaited = true
    let failure: { readonly error: unknown } | null = null
    try {
      await this.#parts.producer.whenNotCongested()
    } catch (error) {
      failure = { error }
    }
    this.#isRoomAwaited = false
    // There will be no room: to begin the next would come here again at once, without end.
    if (failure === null) this.run()
    else this.#events.onFailure(failure.error)
  }

  /** Begins with the next record; `false`: there is none, or it cannot be begun now. */
  #beginNext(): boolean {
    const ready = this.#ready.shift()
    if (ready !== undefined) {
      this.#begin(ready)
      return true
    }
    const { record } = this.#arrived
    if (record === null) return false
    const { work } = this.#arrived
    if (this.#parts.outcomes.isOver(work)) {
      this.#arrived.take()
      return true
    }
    if (work.before !== null) {
      // The partition was lost and is back, while handlers from before still run.
      this.#arrived.putAside(work.before, () => this.#events.onReady())
      return true
    }
    const earlier = work.queues.isEmpty ? null : work.queues.find(record)
    if (earlier === null) {
      const queue = this.#supply.take(work)
      if (queue === null) return false
      if (this.#handle === null) this.#beginBatch(queue)
      else this.#beginRecords(queue, record)
      return true
    }
    this.#arrived.take()
    work.offsets.add(record.offset)
    earlier.push(record)
    return true
  }

  /** Begins with the record, and goes on with those that came with it as long as each is handled at one stretch. */
  #beginRecords(queue: HandlerQueue, first: ConsumerRecord): void {
    if (queue.work.tried === null) return this.#passage.begin(queue, first)
    this.#arrived.take()
    queue.hold(first)
    this.#begin(queue)
  }

  #beginBatch(queue: HandlerQueue): void {
    const { work } = queue
    const batch = this.#arrived.takeStretch()
    for (const { offset } of batch) work.offsets.add(offset)
    queue.holdBatch(batch)
    queue.isTracked = true
    this.#open(queue)
    this.#letOthersPass(queue)
    this.#begin(queue)
  }

  #begin(queue: HandlerQueue): void {
    const handle = this.#handle
    if (handle === null || queue.attempt === 0 || queue.isSuspect) {
      this.#wait(queue)
      void this.#beginInTurn(queue)
      return
    }
    const { outcomes, tracing, isDeserialized } = this.#parts
    const { work, record, attempt, slot } = queue
    const { offset } = record
    if (isDeserialized) {
      const fault = faultOf(record)
      if (fault !== null) return this.#afterFault(queue, fault)
    }
    tracing.begin(slot, offset, offset + 1, attempt)
    let answer: unknown
    let isPromise: boolean
    try {
      answer = handle(record, attempt === 1 ? work.context : { ...work.context, attempt })
      isPromise = isThenable(answer)
    } catch (error) {
      return this.#fail(queue, error)
    }
    if (isPromise) return this.#await(queue, answer)
    tracing.end(slot)
    if (queue.isOpen) this.#finish(queue, answer)
    else outcomes.pass(record, work, answer)
  }

  /** The handler has returned a promise. */
  #await(queue: HandlerQueue, answer: unknown): void {
    this.#wait(queue)
    Promise.resolve(answer).then(queue.onValue, queue.onError)
  }

  /** The handler runs. */
  #wait(queue: HandlerQueue): void {
    this.#running++
    if (!queue.isOpen) this.#open(queue)
  }

  /** The record is not finished at one stretch: those of its key wait behind it. */
  #open(queue: HandlerQueue): void {
    const { work } = queue
    this.#supply.giveAway(queue)
    work.open(queue)
    // Where one handler runs at a time, nothing begins before it has ended.
    if (this.#parts.maxRunning > 1) this.#letOthersPass(queue)
  }

  /** Others may begin before the first record of the queue is finished, but none of its key. */
  #letOthersPass(queue: HandlerQueue): void {
    const { work, record } = queue
    if (!queue.isTracked) work.track(queue, record.offset)
    work.queues.hold(queue)
  }

  readonly #onEnd = {
    onValue: (queue: HandlerQueue, value: unknown): void => {
      this.#running--
      this.#parts.tracing.end(queue.slot)
      this.#count(queue, value)
      if (queue.next()) this.#readyOrOver(queue)
      else {
        // Mostly the next record of the partition goes through the same queue.
        queue.work.close(queue)
        this.#supply.takeBack(queue)
      }
      this.run()
    },
    onError: (queue: HandlerQueue, error: unknown): void => {
      this.#running--
      this.#fail(queue, error)
      this.run()
    },
  }

  #finish(queue: HandlerQueue, value: unknown): void {
    this.#count(queue, value)
    this.#goOn(queue)
  }

  #count({ isTracked, record, work }: HandlerQueue, value: unknown): void {
    const { outcomes } = this.#parts
    if (isTracked) outcomes.finish(record, work, value)
    else outcomes.pass(record, work, value)
  }

  /** The first record of the queue is finished. */
  #goOn(queue: HandlerQueue): void {
    const hasNext = this.#handle === null ? queue.nextOfBatch(1) : queue.next()
    if (hasNext) this.#readyOrOver(queue)
    else this.#close(queue)
  }

  #readyOrOver(queue: HandlerQueue): void {
    if (this.#parts.outcomes.isOver(queue.work)) this.#close(queue)
    else this.#ready.push(queue)
  }

  #fail(queue: HandlerQueue, error: unknown): void {
    this.#parts.tracing.fail(queue.slot)
    if (!queue.isOpen) this.#open(queue)
    this.#letOthersPass(queue)
    this.#follow(queue, this.#afterFailure(queue, error))
  }

  #afterFault(queue: HandlerQueue, fault: unknown): void {
    if (!queue.isOpen) this.#open(queue)
    this.#letOthersPass(queue)
    this.#follow(
      queue,
      this.#parts.outcomes.afterFault(queue, fault).then(() => this.#goOn(queue)),
    )
  }

  async #afterFailure(queue: HandlerQueue, error: unknown): Promise<void> {
    const after = await this.#parts.outcomes.afterFailure(queue, error)
    if (after === 'finished') this.#goOn(queue)
    else if (after === 'again') this.#readyOrOver(queue)
    else this.#close(queue)
  }

  /** What is done for a queue that is in no handler. */
  #follow(queue: HandlerQueue, work: Promise<void>): void {
    work
      .catch((error: unknown) => {
        this.#events.onFailure(error)
        this.#close(queue)
      })
      .finally(() => this.#events.onReady())
  }

  /** A batch; or a record that was tried in another thread, and may have crashed it. */
  async #beginInTurn(queue: HandlerQueue): Promise<void> {
    try {
      const end = await this.#attempts.make(queue)
      this.#running--
      if (end === 'finished') this.#goOn(queue)
      else if (end === 'left') this.#close(queue)
      else if ('fault' in end) this.#afterFault(queue, end.fault)
      else this.#fail(queue, end.error)
    } catch (error) {
      this.#running--
      this.#events.onFailure(error)
      this.#close(queue)
    }
    this.run()
  }

  #close(queue: HandlerQueue): void {
    queue.work.close(queue)
    this.#supply.giveBack(queue)
  }
}
