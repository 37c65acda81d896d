import {
  Doorbell,
  createGateMemory,
  type PartitionStart,
  type StartPosition,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ConsumerDescription, OpenPartitionMemory } from '../wire/consumer-description.ts'
import type { Partition } from './topic/partition.ts'
import type { TopicRegistry } from './topic/topic-registry.ts'

/**
 * Knows which consumer watches which partition, and tells the partition workers: a consumer that goes,
 * or dies, leaves no gate behind.
 *
 * Thread: the controller's.
 */
export class Registrar {
  readonly #topics: TopicRegistry
  readonly #consumers = new Map<string, RegisteredConsumer>()
  /** The consumers of which a worker has not confirmed yet that it rings them no more. */
  readonly #closing = new Set<RegisteredConsumer>()

  constructor(topics: TopicRegistry) {
    this.#topics = topics
  }

  /**
   * Opens partitions for a consumer: all of them, or none. One that is offline can be read.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION.
   */
  async open(
    description: SessionConsumer,
    requested: readonly PartitionStart[],
  ): Promise<OpenPartitionMemory[]> {
    const wanted = requested.map(({ start, ...at }) => {
      return { partition: this.#topics.partition(at), start }
    })
    const consumer = this.#consumer(description)
    for (const { partition } of wanted) consumer.partitions.add(partition)
    const opened = await Promise.allSettled(
      wanted.map(async ({ partition, start }) => openReader(partition, description, start)),
    )
    const failed = opened.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) {
      // It is not awaited: the worker that has not answered may not answer that either.
      void this.close(
        description.consumerId,
        wanted.map(({ partition }) => partition),
      )
      throw failed.reason
    }
    return opened.map((outcome) => (outcome as PromiseFulfilledResult<OpenPartitionMemory>).value)
  }

  /** Closes some of a consumer's partitions; those it does not have are passed over. */
  async close(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    const consumer = this.#consumers.get(consumerId)
    if (consumer === undefined) return
    const closing = [...consumer.partitions].filter((open) =>
      partitions.some(
        ({ topic, partition }) => open.topic === topic && open.partition === partition,
      ),
    )
    for (const partition of closing) consumer.partitions.delete(partition)
    if (consumer.partitions.size === 0) this.#consumers.delete(consumerId)
    await Promise.all(closing.map((partition) => this.#closeReader(partition, consumer)))
  }

  /** Takes down that a consumer reads a partition; its group has the worker ring it. */
  register(description: SessionConsumer, partition: Partition): void {
    this.#consumer(description).partitions.add(partition)
  }

  /** Whether a consumer reads a partition, or is about to: it has neither closed it nor gone. */
  has(consumerId: string, partition: Partition): boolean {
    return this.#consumers.get(consumerId)?.partitions.has(partition) ?? false
  }

  /** The group that a consumer commits for; `null`: none, or the consumer reads nothing. */
  groupOf(consumerId: string): string | null {
    return this.#consumers.get(consumerId)?.description.groupId ?? null
  }

  /** The consumers that came by a session, and read something still. */
  consumersOf(session: object): SessionConsumer[] {
    return [...this.#consumers.values()]
      .map(({ description }) => description)
      .filter((description) => description.session === session)
  }

  /** A consumer's thread or client is gone. */
  async forget(consumerId: string): Promise<void> {
    const consumer = this.#consumers.get(consumerId)
    if (consumer !== undefined) await this.close(consumerId, [...consumer.partitions])
  }

  /** Partitions are gone for good: takes them from the consumers that read them, and rings those. */
  drop(partitions: readonly Partition[]): void {
    for (const [consumerId, consumer] of this.#consumers) {
      const hadSome = partitions.filter((partition) => consumer.partitions.delete(partition))
      if (hadSome.length > 0) consumer.doorbell.ringUnconditionally()
      if (consumer.partitions.size === 0) this.#consumers.delete(consumerId)
    }
  }

  /**
   * INV-11: a worker has died, perhaps while it rang a consumer; one that closes its last partition may wait
   * for the next one to be opened.
   */
  ringAll(): void {
    for (const { doorbell } of this.#consumers.values()) doorbell.ringUnconditionally()
    for (const { doorbell } of this.#closing) doorbell.ringUnconditionally()
  }

  async #closeReader({ worker }: Partition, consumer: RegisteredConsumer): Promise<void> {
    const closing = { ...consumer }
    this.#closing.add(closing)
    // Where the partition is closed meanwhile, no thread has gates or rings any more.
    await worker.closeReader(closing.description.consumerId).catch(() => undefined)
    this.#closing.delete(closing)
  }

  #consumer(description: SessionConsumer): RegisteredConsumer {
    const known = this.#consumers.get(description.consumerId)
    if (known !== undefined) return known
    const consumer: RegisteredConsumer = {
      description,
      doorbell: new Doorbell(description.doorbell),
      partitions: new Set(),
    }
    this.#consumers.set(description.consumerId, consumer)
    return consumer
  }
}

/** A consumer, and the session of the client that it came by. */
export interface SessionConsumer extends ConsumerDescription {
  readonly session: object
}

interface RegisteredConsumer {
  readonly description: SessionConsumer
  readonly doorbell: Doorbell
  readonly partitions: Set<Partition>
}

async function openReader(
  { topic, partition, memory, directory, workerDoorbell, offlineError, worker }: Partition,
  consumer: ConsumerDescription,
  start: StartPosition,
): Promise<OpenPartitionMemory> {
  const { consumerId, clientId, doorbell, isGating } = consumer
  const gate = isGating ? createGateMemory() : null
  const { startOffset } = await worker.openReader({ consumerId, clientId, doorbell, gate, start })
  return {
    topic,
    partition,
    memory,
    directory,
    workerDoorbell: workerDoorbell.memory,
    offlineError: offlineError.memory,
    startOffset,
    gate,
    grant: null,
  }
}
