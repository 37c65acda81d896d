import {
  RinglogError,
  partitionKey,
  setMicrotask,
  type Clock,
  type ClockTimer,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { nameOfEndpoint } from '../connection/cluster-errors.ts'
import { errorOf, isOfMetadata, tell, tellSent } from './partition-outcome.ts'
import type {
  ProduceArgs,
  ProducedBatch,
  ProducedPartition,
  ProduceResponse,
} from './produce-api.ts'
import type { ClusterApi } from '../connection/cluster-api.ts'
import type { WaitingBatch } from './waiting-batch.ts'

/** The bytes of batches that one request takes, unless a single batch is larger. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024
/** Requests on their way to one broker; batches of a partition wait for those before them where order needs it. */
const MAX_REQUESTS_IN_FLIGHT = 5

/** What a sender needs of the producer that it sends for. */
export interface SenderParts {
  readonly cluster: Cluster
  readonly apis: ReadonlyArray<ClusterApi<ProduceArgs, ProduceResponse>>
  readonly acks: 0 | 1 | -1
  /** The connections of one producer: what another one waits for does not hold it up. */
  readonly lane: string
}

/**
 * Sends the batches of one producer to one broker: each request has the oldest batch of every partition that has one,
 * and several requests are on their way. All of it on one connection, whose order the broker keeps: so batches of a
 * partition arrive in theirs.
 *
 * While the limit of requests is reached batches gather, and the next request is the larger for it.
 *
 * Source: Apache Kafka, `producer/internals/Sender.java`, `RecordAccumulator.java` (`drain`).
 */
export class BrokerSender {
  readonly #nodeId: number
  readonly #parts: SenderParts
  readonly #clock: Clock
  /** By partition, each in its order. */
  readonly #queues = new Map<string, WaitingBatch[]>()
  #requestsInFlight = 0
  #isDue = false
  #isConnecting = false

  constructor(nodeId: number, parts: SenderParts) {
    this.#nodeId = nodeId
    this.#parts = parts
    this.#clock = parts.cluster.clock
  }

  /** Sends the batch with those that come in the same turn. */
  add(batch: WaitingBatch): void {
    const key = partitionKey(batch.at)
    const queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, [batch])
    else queue.push(batch)
    if (this.#isDue) return
    this.#isDue = true
    setMicrotask(() => {
      this.#isDue = false
      this.#pump()
    })
  }

  /** Closes the connection: all batches are answered. What was written, and is not to be answered, leaves first. */
  close(): void {
    const { cluster, lane } = this.#parts
    cluster.connections.closeLane(this.#nodeId, lane, { sendsRest: true })
  }

  /** What has not left is answered so. */
  #failWaiting(error: RinglogError): void {
    const waiting = [...this.#queues.values()].flat()
    this.#queues.clear()
    for (const { listener, buffer } of waiting) {
      listener.onAnswer({ error, buffer, isNotSent: true })
    }
  }

  #pump(): void {
    while (this.#queues.size > 0 && this.#requestsInFlight < MAX_REQUESTS_IN_FLIGHT) {
      if (!this.#isConnected()) {
        if (!this.#isConnecting) void this.#connect()
        return
      }
      this.#send(this.#drain())
    }
  }

  #isConnected(): boolean {
    return this.#parts.cluster.connections.isReady(this.#nodeId, this.#parts.lane)
  }

  async #connect(): Promise<void> {
    const { cluster, lane } = this.#parts
    this.#isConnecting = true
    try {
      await cluster.connections.connect(this.#nodeId, { lane })
    } catch (error) {
      this.#markStale([...this.#queues.values()].map(([first]) => first!.at.topic))
      this.#failWaiting(error as RinglogError)
    }
    this.#isConnecting = false
    this.#pump()
  }

  /** The oldest batch of each partition, as far as a request takes them; what is left is first the next time. */
  #drain(): WaitingBatch[] {
    const drained: WaitingBatch[] = []
    const withMore: Array<[string, WaitingBatch[]]> = []
    let sizeBytes = 0
    for (const [key, queue] of this.#queues) {
      const batch = queue[0]!
      if (drained.length > 0 && sizeBytes + batch.bytes.length > MAX_REQUEST_BYTES) break
      sizeBytes += batch.bytes.length
      drained.push(batch)
      queue.shift()
      this.#queues.delete(key)
      if (queue.length > 0) withMore.push([key, queue])
    }
    for (const [key, queue] of withMore) this.#queues.set(key, queue)
    return drained
  }

  #send(batches: readonly WaitingBatch[]): void {
    const { cluster, apis, acks, lane } = this.#parts
    this.#requestsInFlight++
    const nowMs = this.#clock.nowMs()
    const deadlineMs = Math.min(...batches.map(({ deadline }) => deadline.requestDeadlineMs))
    const timeoutMs = Math.max(1, Math.ceil(deadlineMs - nowMs))
    const produced: ProducedBatch[] = batches.map(({ at: { topic, partition }, bytes }) => ({
      topic,
      partition,
      bytes,
    }))
    let timer: ClockTimer | null = this.#clock.setTimer(() => {
      timer = null
      this.#clock.setTurnEnd(() => settle(() => this.#onTimeout(batches)))
    }, timeoutMs)
    let isSettled = false
    const settle = (how: () => void): void => {
      if (isSettled) return
      isSettled = true
      if (timer !== null) this.#clock.clearTimer(timer)
      this.#requestsInFlight--
      how()
      this.#pump()
    }
    cluster.connections
      .request(this.#nodeId, apis, [acks, Math.min(timeoutMs, MAX_INT32), produced], { lane })
      .then(
        (response) => settle(() => this.#onAnswer(batches, response)),
        (error: unknown) => settle(() => this.#onFailure(batches, error as RinglogError)),
      )
  }

  #onAnswer(batches: readonly WaitingBatch[], response: ProduceResponse): void {
    if (this.#parts.acks === 0) {
      for (const { listener, buffer } of batches) tellSent(listener, buffer)
      return
    }
    const answers = new Map<string, ProducedPartition>()
    for (const answer of response.partitions) {
      answers.set(partitionKey(answer), answer)
    }
    const outcomes = batches.map((batch) => {
      const answer = answers.get(partitionKey(batch.at))
      return { batch, answer, error: answer === undefined ? null : errorOf(answer) }
    })
    // Before any listener is called: it may send again at once.
    for (const { batch, error } of outcomes) {
      if (error !== null && isOfMetadata(error)) this.#markStale([batch.at.topic])
    }
    for (const { batch, answer, error } of outcomes) {
      const { listener, buffer } = batch
      if (answer === undefined) listener.onNoAnswer(this.#notMentioned(batch))
      else tell(listener, buffer, answer, error)
    }
  }

  #onFailure(batches: readonly WaitingBatch[], error: RinglogError): void {
    this.#markStale(batches.map(({ at }) => at.topic))
    for (const { listener } of batches) listener.onNoAnswer(error)
  }

  /** The connection goes with it: what the broker may still answer on it would come too late for all behind. */
  #onTimeout(batches: readonly WaitingBatch[]): void {
    const { connections } = this.#parts.cluster
    const at = connections.endpointOf(this.#nodeId)
    const broker = at === undefined ? `${this.#nodeId}` : nameOfEndpoint(at)
    const error = new RinglogError(
      'REQUEST_TIMED_OUT',
      `broker ${broker} did not answer in time: requestTimeoutMs`,
      { details: { broker } },
    )
    this.#markStale(batches.map(({ at: { topic } }) => topic))
    // Before a batch's memory is its producer's again: the socket may not have taken all of it.
    connections.closeLane(this.#nodeId, this.#parts.lane)
    for (const { listener } of batches) listener.onNoAnswer(error)
  }

  #notMentioned({ at: { topic, partition } }: WaitingBatch): RinglogError {
    return new RinglogError(
      'REQUEST_TIMED_OUT',
      `broker ${this.#nodeId} did not say what became of a batch of partition ${partition} of topic ${topic}`,
      { details: { topic, partition } },
    )
  }

  #markStale(topics: readonly string[]): void {
    for (const topic of topics) this.#parts.cluster.metadata.markStale(topic)
  }
}

const MAX_INT32 = 2 ** 31 - 1
