import {
  type AppendDeadline,
  type AppendListener,
  setMicrotask,
  topicDeleted,
  type PartitionAppender,
  type PartitionCount,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import { PRODUCER_ID_BYTE } from '@ringlog/core/internal/cluster'
import { stampCrc } from '@ringlog/storage'
import type { Cluster } from '../cluster.ts'
import type { BrokerSender } from './broker-sender.ts'
import { isRetriable } from './partition-outcome.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { WaitingBatch } from './waiting-batch.ts'

/** As many batches as a broker remembers of a producer: to tell a batch that is sent again from a new one. */
const MAX_IN_FLIGHT = 5

/** What an appender needs of the producer that it was opened for. */
export interface AppenderParts {
  readonly cluster: Cluster
  readonly ids: ProducerIds
  /** Of the topic that the appender was opened for; another may have its name by now. */
  readonly count: PartitionCount
  /** The way to the broker of that number. */
  readonly senderTo: (nodeId: number) => BrokerSender
  readonly onClose: () => void
}

/** The way to a partition of a cluster: to whichever broker leads it. */
export class ClusterAppender implements PartitionAppender {
  readonly maxInFlight = MAX_IN_FLIGHT
  readonly answersLate = true
  readonly #at: TopicPartition
  readonly #parts: AppenderParts
  /** In their order, while it is looked up who leads the partition. */
  #waiting: WaitingBatch[] = []
  #isLookingUp = false
  /** Batches that were handed over, and whose listener has not been called. */
  #unanswered = 0
  #isClosed = false

  constructor(at: TopicPartition, parts: AppenderParts) {
    this.#at = at
    this.#parts = parts
  }

  get isLost(): boolean {
    return this.#isClosed
  }

  isRetriable(error: RinglogError): boolean {
    return !this.#parts.count.isDeleted && isRetriable(error)
  }

  append(
    buffer: ArrayBuffer,
    sizeBytes: number,
    deadline: AppendDeadline,
    listener: AppendListener,
  ): void {
    if (this.#parts.count.isDeleted) {
      const error = topicDeleted(this.#at.topic, this.#at.partition)
      setMicrotask(() => listener.onAnswer({ error, buffer, isNotSent: true }))
      return
    }
    const bytes = Buffer.from(buffer, 0, sizeBytes)
    this.#parts.ids.replaceIn(bytes, PRODUCER_ID_BYTE)
    stampCrc(bytes, 0, sizeBytes)
    this.#waiting.push({ at: this.#at, buffer, bytes, deadline, listener: this.#counted(listener) })
    if (!this.#isLookingUp) this.#sendOrLookUp()
  }

  /** Does nothing: answers come as the event loop turns. */
  collect(): void {}

  /** Takes no more; the ways to brokers stay as long as a batch is on one of them, or waits for one. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#unanswered === 0) this.#parts.onClose()
  }

  /** The same listener; its call is counted. */
  #counted(listener: AppendListener): AppendListener {
    this.#unanswered++
    const answer = (call: () => void): void => {
      try {
        call()
      } finally {
        this.#unanswered--
        // Closed meanwhile, perhaps by that very listener.
        if (this.#unanswered === 0 && this.#isClosed) this.#parts.onClose()
      }
    }
    return {
      onAnswer: (outcome) => answer(() => listener.onAnswer(outcome)),
      onNoAnswer: (error) => answer(() => listener.onNoAnswer(error)),
    }
  }

  #sendOrLookUp(): void {
    const { cluster, senderTo } = this.#parts
    const { topic, partition } = this.#at
    const leader = cluster.metadata.knownLeader(topic, partition)
    if (leader === null) {
      void this.#lookUp()
      return
    }
    const sender = senderTo(leader.nodeId)
    for (const batch of this.#waiting.splice(0)) sender.add(batch)
  }

  async #lookUp(): Promise<void> {
    const { topic, partition } = this.#at
    const deadlineMs = this.#waiting[0]!.deadline.requestDeadlineMs
    this.#isLookingUp = true
    let error: RinglogError | null = null
    try {
      await this.#parts.cluster.metadata.leader(topic, partition, { deadlineMs })
    } catch (reason) {
      error = reason as RinglogError
    }
    this.#isLookingUp = false
    if (error === null) {
      this.#sendOrLookUp()
      return
    }
    for (const { listener, buffer } of this.#waiting.splice(0)) {
      listener.onAnswer({ error, buffer, isNotSent: true })
    }
  }
}
