import {
  NO_TOTALS,
  awaitWithin,
  clearTimer,
  partitionKey,
  setTimer,
  type ActorThread,
  type BrokerMetrics,
  type GroupMetrics,
  type LogTotals,
  type PartitionMetrics,
  type TopicMetrics,
} from '@ringlog/core/internal'
import type { PartitionWorkerMetrics } from '@ringlog/partition-worker'
import type { ClientAnswer, ClientQuestions } from './client-questions.ts'
import type { DataDirectory, DiskMetrics } from './storage/data-directory.ts'
import { describePartition, type Partition } from './topic/partition.ts'
import type { Topic } from './topic/topic.ts'

/** How long a worker may take to answer; past it `metrics` repeats its last answer. */
const ANSWER_TIMEOUT_MS = 5_000
/** The same for a client: its thread may block for ever, and others wait for the answer. */
const CLIENT_TIMEOUT_MS = 500

const NO_ANSWER: PartitionWorkerMetrics = {
  ...NO_TOTALS,
  isBlocked: false,
  waitingAppends: 0,
  holder: null,
  usedBytes: 0,
  producerCount: 0,
  readerCount: 0,
  gateCount: 0,
}

const NO_DISK: DiskMetrics = { dataDirectory: null, threadCount: 0, partitions: new Map() }

/**
 * Asks the partition workers what they have counted, and clients how they are: one call each, nothing on the
 * path of a record.
 *
 * Thread: the controller's.
 */
export class MetricsCollector {
  readonly #thread: ActorThread
  readonly #dataDirectory: DataDirectory | null
  readonly #startedAtMs: number
  /** By the last answer of the storage thread. */
  #diskThreadCount = 1
  /** Each partition's last answer; forgotten with the partition. */
  readonly #lastAnswers = new WeakMap<Partition, PartitionWorkerMetrics>()

  /**
   * @param thread The controller's.
   * @param dataDirectory `null`: the broker has none.
   */
  constructor(thread: ActorThread, dataDirectory: DataDirectory | null) {
    this.#thread = thread
    this.#dataDirectory = dataDirectory
    this.#startedAtMs = thread.clock.nowMs()
  }

  async collect(
    topics: readonly Topic[],
    groups: readonly GroupMetrics[],
    clients: readonly ClientQuestions[],
  ): Promise<BrokerMetrics> {
    const disk = this.#ofDisk()
    const [collected, answers] = await Promise.all([
      Promise.all(topics.map((topic) => this.#ofTopic(topic, disk))),
      askClients(clients),
    ])
    const { dataDirectory, threadCount } = await disk
    const partitions = collected.flatMap((topic) => topic.partitions)
    const offline = partitions.filter(({ state }) => state === 'offline')
    return {
      uptimeMs: this.#thread.clock.nowMs() - this.#startedAtMs,
      threadCount: this.#thread.isOwn ? 1 + partitions.length - offline.length + threadCount : 0,
      clientCount: answers.length,
      silentClientCount: answers.filter(({ isSilent }) => isSilent).length,
      globalTopicCount: collected.length,
      globalPartitionCount: partitions.length,
      offlinePartitionsCount: offline.length,
      dataDirectory,
      ...sum(collected),
      topics: collected,
      groups,
      clients: answers.flatMap((answer) => answer.clients),
    }
  }

  async #ofTopic(
    { name, config, partitions }: Topic,
    disk: Promise<DiskMetrics>,
  ): Promise<TopicMetrics> {
    const collected = await Promise.all(
      partitions.map((partition) => this.#ofPartition(partition, config.ringBytes, disk)),
    )
    return { topic: name, ...sum(collected), partitions: collected }
  }

  async #ofPartition(
    partition: Partition,
    ringBytes: number,
    disk: Promise<DiskMetrics>,
  ): Promise<PartitionMetrics> {
    const answer = await this.#ask(partition)
    const { logStartOffset, endOffset } = partition.reader
    const { restarts } = partition.worker
    return {
      ...describePartition(partition),
      restarts,
      logStartOffset,
      endOffset,
      ringBytes,
      ...answer,
      disk: (await disk).partitions.get(partitionKey(partition)) ?? null,
    }
  }

  /** Nothing but how many threads there were where the storage thread does not answer in time. */
  async #ofDisk(): Promise<DiskMetrics> {
    if (this.#dataDirectory === null) return NO_DISK
    const limit = { timeoutMs: ANSWER_TIMEOUT_MS }
    try {
      const answer = await awaitWithin(this.#dataDirectory.metrics(), 'metrics()', limit)
      this.#diskThreadCount = answer.threadCount
      return answer
    } catch {
      return { ...NO_DISK, threadCount: this.#diskThreadCount }
    }
  }

  async #ask(partition: Partition): Promise<PartitionWorkerMetrics> {
    const last = this.#lastAnswers.get(partition) ?? NO_ANSWER
    const deadlineMs = this.#thread.clock.nowMs() + ANSWER_TIMEOUT_MS
    const answer = (await partition.worker.metrics(deadlineMs)) ?? last
    this.#lastAnswers.set(partition, answer)
    return answer
  }
}

/** The time for it is that of the process, also where the log goes by a test's clock. */
async function askClients(clients: readonly ClientQuestions[]): Promise<ClientAnswer[]> {
  const late = Promise.withResolvers<void>()
  const timer = setTimer(() => late.resolve(), CLIENT_TIMEOUT_MS)
  const answers = await Promise.all(clients.map((client) => client.ask(late.promise)))
  clearTimer(timer)
  return answers.filter((answer) => answer !== null)
}

function sum(parts: readonly LogTotals[]): LogTotals {
  const totals: Record<keyof LogTotals, number> = { ...NO_TOTALS }
  for (const part of parts) {
    for (const name of Object.keys(NO_TOTALS) as Array<keyof LogTotals>) totals[name] += part[name]
  }
  return totals
}
