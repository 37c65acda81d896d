import {
  serveRpc,
  type BrokerMetrics,
  type PartitionOffsets,
  type ProducerIdentity,
  type StartPosition,
  type TopicConfig,
  type TopicDescription,
  type TopicMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import type { Controller } from './controller.ts'
import type {
  ConsumerDescription,
  ControllerGreeting,
  ControllerService,
  OpenPartitionMemory,
} from './controller-service.ts'
import { assertOnline } from './partition.ts'

/**
 * One client of the broker, served on its port until that closes: by the client, or because its
 * thread has ended. Then what the client had is given back.
 *
 * Thread: the controller's.
 */
export class ClientSession implements ControllerService {
  readonly #controller: Controller
  readonly #port: MessagePort
  readonly #consumerIds = new Set<string>()
  #hasProducers = false
  #announceClosing: ((closing: { deadlineMs: number }) => void) | null = null
  #isDrained = false
  #onDrained: (() => void) | null = null

  constructor(controller: Controller, port: MessagePort) {
    this.#controller = controller
    this.#port = port
    port.on('close', () => this.#onClosed())
    serveRpc(port, this)
  }

  hello(): ControllerGreeting {
    return this.#controller.greeting
  }

  async createTopic(topic: string, config: TopicConfig | undefined): Promise<TopicDescription> {
    this.#controller.assertOpen()
    return this.#controller.topics.create(topic, config)
  }

  async deleteTopic(topic: string): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.topics.delete(topic)
  }

  async createPartitions(topic: string, count: number): Promise<void> {
    this.#controller.assertOpen()
    await this.#controller.topics.createPartitions(topic, count)
  }

  async deleteRecords(at: TopicPartition, beforeOffset: number): Promise<void> {
    this.#controller.assertOpen()
    const partition = this.#controller.topics.partition(at)
    assertOnline(partition)
    await partition.host.deleteRecords(beforeOffset)
  }

  listTopics(): string[] {
    this.#controller.assertOpen()
    return this.#controller.topics.list()
  }

  describeTopic(topic: string): TopicDescription {
    this.#controller.assertOpen()
    return this.#controller.topics.topic(topic).description()
  }

  offsets(topic: string): PartitionOffsets[] {
    this.#controller.assertOpen()
    return this.#controller.topics.topic(topic).offsets()
  }

  async metrics(): Promise<BrokerMetrics> {
    return this.#controller.metrics()
  }

  async topicMetadata(topic: string, deadlineMs: number): Promise<TopicMetadata> {
    return this.#controller.topics.metadata(topic, deadlineMs)
  }

  producerIdentity(): ProducerIdentity {
    this.#hasProducers = true
    return this.#controller.nextProducerIdentity()
  }

  async connectProducer(
    at: TopicPartition,
    producer: { clientId: string },
    port: MessagePort,
  ): Promise<SharedArrayBuffer> {
    try {
      const topic = this.#controller.topics.topic(at.topic)
      const partition = topic.partition(at.partition)
      assertOnline(partition)
      await partition.host.connectProducer(producer, port)
      return topic.metadata().partitionCountWord
    } catch (error) {
      port.close()
      throw error
    }
  }

  async openPartitions(
    consumer: ConsumerDescription,
    partitions: ReadonlyArray<TopicPartition & { start: StartPosition }>,
  ): Promise<OpenPartitionMemory[]> {
    this.#consumerIds.add(consumer.consumerId)
    return this.#controller.registrar.open(consumer, partitions)
  }

  partitionMemory(partitions: readonly TopicPartition[]): SharedArrayBuffer[] {
    this.#controller.assertOpen()
    return partitions.map((p) => this.#controller.topics.partition(p).memory)
  }

  async closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    await this.#controller.registrar.close(consumerId, partitions)
  }

  untilClosing(): Promise<{ deadlineMs: number }> {
    return new Promise((resolve) => (this.#announceClosing = resolve))
  }

  drained(): void {
    this.#isDrained = true
    this.#onDrained?.()
  }

  async closeBroker(deadlineMs: number): Promise<void> {
    await this.#controller.close(deadlineMs)
  }

  /** Tells the client that the broker closes; resolves when it has sent what it had, or is gone. */
  async drain(deadlineMs: number): Promise<void> {
    this.#announceClosing?.({ deadlineMs })
    if (!this.#hasProducers || this.#isDrained) return
    await new Promise<void>((resolve) => (this.#onDrained = resolve))
  }

  close(): void {
    this.#port.close()
  }

  #onClosed(): void {
    this.drained()
    this.#controller.forget(this)
    for (const consumerId of this.#consumerIds) {
      void this.#controller.registrar.forget(consumerId)
    }
  }
}
