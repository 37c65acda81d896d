import type { Consumer } from '@ringlog/consumer'
import { setTimer, type LogClient, type TopicPartition } from '@ringlog/core/internal'
import { isGone } from '../handling/gone.ts'
import type { HandlerQueue } from '../handling/handler-queue.ts'
import type { HandlerTracing } from '../handling/handler-tracing.ts'
import type { PartitionWork } from '../handling/partition-work.ts'
import {
  NO_TOPIC,
  tagOf,
  topicTagOf,
  type AttemptLedger,
  type PartitionTags,
} from '../wire/attempt-ledger.ts'
import { Suspects } from './suspects.ts'

const NONE = -1
/** How long the timers and callbacks that a handler leaves behind have to throw, before another begins. */
const LEFT_BEHIND_MS = 5

/**
 * The handlers that run in a thread. Each is written into the ledger, so that the pool can see which records
 * were being handled when the thread crashed. Where there were several, each runs alone the next time.
 *
 * Thread: the pool thread's.
 */
export class RunningHandlers implements HandlerTracing {
  readonly #client: LogClient
  readonly #consumer: Consumer
  readonly #ledger: AttemptLedger
  readonly #threadIndex: number
  readonly #tags = new WeakMap<PartitionWork, PartitionTags>()
  readonly #taken = new Set<number>()
  #free: number[]
  #running = 0
  /** The slot of the handler that runs, as long as no other has run beside it. */
  #aloneSlot = NONE
  /** The slot of a suspect that runs, or waits until no other handler does: no other begins meanwhile. */
  #suspectSlot = NONE
  #waiters: Array<() => void> = []

  constructor({ ledger, threadIndex, client, consumer }: RunningHandlersParts) {
    this.#client = client
    this.#consumer = consumer
    this.#ledger = ledger
    this.#threadIndex = threadIndex
    this.#free = ledger.freeSlots(threadIndex)
  }

  /** Whether a handler may be begun at once. */
  get isFree(): boolean {
    return this.#suspectSlot === NONE
  }

  /** Whether a slot is of records that this thread is handling. */
  isTaken(slot: number): boolean {
    return this.#taken.has(slot)
  }

  /** A slot, for one attempt after the other with records of one partition; `null`: all are in use. */
  takeSlot(work: PartitionWork): number | null {
    if (this.#free.length === 0) {
      this.#free = this.#ledger.freeSlots(this.#threadIndex).filter((slot) => !this.isTaken(slot))
    }
    const slot = this.#free.pop()
    if (slot === undefined) return null
    this.#taken.add(slot)
    this.#ledger.take(slot, this.#tagsOf(work))
    return slot
  }

  leaveSlot(slot: number, work: PartitionWork): void {
    this.#ledger.end(slot)
    this.#ledger.free(slot, this.#tagsOf(work).tag)
    this.#taken.delete(slot)
    this.#free.push(slot)
    this.#tellChange()
  }

  /** Right before a handler is called, while `isFree`. */
  begin(slot: number, offset: number, endOffset: number, attempt: number): void {
    const isAlone = this.#running++ === 0
    this.#ledger.begin(slot, offset, endOffset, attempt, isAlone)
    if (this.#aloneSlot !== NONE) this.#ledger.notAlone(this.#aloneSlot)
    this.#aloneSlot = isAlone ? slot : NONE
  }

  async beginInTurn(
    queue: HandlerQueue,
    endOffset: number,
    isOver: () => boolean,
  ): Promise<boolean> {
    const { slot, record, attempt, isSuspect } = queue
    while (!this.isFree && !isOver()) await this.#change()
    if (isOver()) return false
    if (isSuspect) {
      this.#suspectSlot = slot
      while (this.#running > 0) await this.#change()
      await leftBehindHasRun() // a crash by handlers that ran before is not to be blamed on this one
      if (isOver()) {
        this.#letOthersBegin()
        return false
      }
    }
    this.begin(slot, record.offset, endOffset, attempt)
    return true
  }

  suspectHasRun(): Promise<void> {
    return leftBehindHasRun()
  }

  /** The handler that has begun last is done with its record, and is about to be called with the next one. */
  next(slot: number, offset: number): void {
    this.#ledger.next(slot, offset)
  }

  /** The first records of a batch are done. */
  advance(slot: number, offset: number): void {
    this.#ledger.advance(slot, offset)
  }

  /** The handler has ended well; the next may begin. */
  end(slot: number): void {
    this.#ledger.end(slot)
    this.#leave(slot)
  }

  /** The handler has failed; the next may begin, and these records may be tried again. */
  fail(slot: number): void {
    this.#ledger.rest(slot)
    this.#leave(slot)
  }

  /**
   * Finds out which topics the partitions are of, of all that had their names, and which of their records the
   * threads that had them before did not finish.
   */
  async prepare(works: readonly PartitionWork[]): Promise<void> {
    const topicTags = await this.#topicTags(works.map(({ at }) => at.topic))
    for (const work of works) {
      const { at } = work
      const position = this.#positionOf(at)
      // Where it is deleted by now, another topic may have been asked for its id.
      const topicTag = position === null ? NO_TOPIC : topicTags.get(at.topic)!
      const tags = { tag: tagOf(at), topicTag }
      this.#tags.set(work, tags)
      if (position === null) continue
      work.tried = Suspects.of(tags, position, this.#ledger, (slot) => this.isTaken(slot))
    }
  }

  /** By topic; `NO_TOPIC` where it is deleted by now. */
  async #topicTags(topics: readonly string[]): Promise<Map<string, number>> {
    const tags = [...new Set(topics)].map(async (topic): Promise<[string, number]> => {
      try {
        const { topicId } = await this.#client.describeTopic(topic)
        return [topic, topicTagOf(topicId)]
      } catch (error) {
        if (!isGone(error)) throw error
        return [topic, NO_TOPIC]
      }
    })
    return new Map(await Promise.all(tags))
  }

  /** `null`: its topic is deleted. */
  #positionOf(p: TopicPartition): number | null {
    try {
      this.#consumer.lag(p)
      return this.#consumer.position(p)
    } catch (error) {
      if (!isGone(error)) throw error
      return null
    }
  }

  #tagsOf(work: PartitionWork): PartitionTags {
    return this.#tags.get(work)!
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #leave(slot: number): void {
    this.#running--
    if (this.#aloneSlot === slot) this.#aloneSlot = NONE
    if (this.#suspectSlot === slot) this.#letOthersBegin()
    else this.#tellChange()
  }

  #letOthersBegin(): void {
    this.#suspectSlot = NONE
    this.#tellChange()
  }

  #tellChange(): void {
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }
}

/** Resolves when the timers and callbacks that a handler left behind have had their time to throw. */
async function leftBehindHasRun(): Promise<void> {
  await new Promise<void>((resolve) => setTimer(resolve, LEFT_BEHIND_MS))
}

export interface RunningHandlersParts {
  readonly ledger: AttemptLedger
  readonly threadIndex: number
  readonly client: LogClient
  readonly consumer: Consumer
}
