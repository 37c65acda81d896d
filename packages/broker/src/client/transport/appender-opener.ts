import {
  Doorbell,
  PartitionCountWord,
  RinglogError,
  createLaneMemory,
  topicDeleted,
  withTransfer,
  workerEnded,
  type Clock,
  type EngineCallOptions,
  type PartitionAppender,
  type PartitionCount,
  type ProducerDescription,
  type RpcClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ProducerConnection } from '@ringlog/partition-worker'
import { randomUUID } from 'node:crypto'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { ConnectedPartition, ControllerService } from '../../wire/controller-service.ts'
import { LaneAnswers } from './lane-answers.ts'
import { LaneAppender } from './lane-appender.ts'
import { LaneBudgets } from './lane-budget.ts'
import { RpcAppender } from './rpc-appender.ts'

/**
 * Opens the ways of a client's producers to partitions: by lane where one can be had, else by RPC.
 *
 * Thread: the client's.
 */
export class AppenderOpener {
  readonly #controller: RpcClient<ControllerService>
  readonly #clock: Clock
  readonly #closedError: () => RinglogError | null
  readonly #answers: LaneAnswers
  readonly #lanes = new LaneBudgets()

  /** @param closedError Of the client, once it or its broker is closed. */
  constructor(
    controller: RpcClient<ControllerService>,
    clock: Clock,
    closedError: () => RinglogError | null,
  ) {
    this.#controller = controller
    this.#clock = clock
    this.#closedError = closedError
    this.#answers = new LaneAnswers(() => controller.hold())
  }

  /** A producer has asked for the topic: the more partitions there are, the smaller their lanes. */
  onTopic(topic: string, partitions: PartitionCount): void {
    this.#lanes.onTopic(topic, partitions)
  }

  /** See `ProducerEngine.openAppender`. */
  async open(
    at: TopicPartition,
    producer: ProducerDescription,
    options?: EngineCallOptions,
  ): Promise<PartitionAppender> {
    const { clientId, acks, waitStrategy } = producer
    const laneBytes = this.#lanes.laneBytesOf(producer, at)
    const memory = laneBytes === null ? null : tryCreateLane(laneBytes)
    const producerDoorbell = this.#answers.doorbell.memory
    const lane = memory && { laneId: randomUUID(), memory, producerDoorbell, acks }
    const { rpc, opened } = await this.#connect(at, { clientId, acks, lane }, options)
    if (lane === null) return rpc
    const partitions = new PartitionCountWord(opened.partitionCountWord)
    return new LaneAppender({
      memory: lane.memory,
      workerDoorbell: new Doorbell(opened.workerDoorbell),
      rpc,
      answers: this.#answers,
      waitStrategy,
      reconnect: () => this.#reconnect(at, clientId, lane.laneId, partitions),
    })
  }

  async #connect(
    at: TopicPartition,
    producer: ProducerConnection,
    options?: EngineCallOptions,
  ): Promise<{ rpc: RpcAppender; opened: ConnectedPartition }> {
    for (;;) {
      let partitions: PartitionCount | null = null
      const { rpc, port } = this.#createPort(at, () => partitions)
      try {
        const args = [at, producer, withTransfer(port, [port])] as const
        const opened = await this.#controller.call('connectProducer', [...args], options)
        partitions = new PartitionCountWord(opened.partitionCountWord)
        return { rpc, opened }
      } catch (error) {
        rpc.close()
        // The worker has died with the port. At the next attempt the controller waits for its successor.
        if (!RinglogError.is(error, 'WORKER_CRASHED')) throw error
      }
    }
  }

  /** @throws RinglogError WORKER_CRASHED where the lane is lost; what the controller says. */
  async #reconnect(
    at: TopicPartition,
    clientId: string,
    laneId: string,
    partitions: PartitionCount,
  ): Promise<RpcAppender> {
    for (;;) {
      const { rpc, port } = this.#createPort(at, () => partitions)
      try {
        const args = [at, laneId, clientId, withTransfer(port, [port])] as const
        if (await this.#controller.call('reconnectLane', [...args])) return rpc
      } catch (error) {
        rpc.close()
        if (RinglogError.is(error, 'WORKER_CRASHED')) continue // with the port
        throw error
      }
      rpc.close()
      throw workerEnded(at.topic, at.partition)
    }
  }

  /**
   * The appender is there before the port's other end leaves: so it notices when that is closed.
   *
   * @param partitions Of the topic, where they are known.
   */
  #createPort(
    at: TopicPartition,
    partitions: () => PartitionCount | null,
  ): { rpc: RpcAppender; port: MessagePort } {
    const { port1, port2 } = new MessageChannel()
    const lostError = (): RinglogError => {
      const closed = this.#closedError()
      if (closed !== null) return closed
      const isDeleted = partitions()?.isDeleted === true
      const { topic, partition } = at
      return isDeleted ? topicDeleted(topic, partition) : workerEnded(topic, partition)
    }
    return { rpc: new RpcAppender(port1, at, lostError, this.#clock), port: port2 }
  }
}

/** `null` where its memory cannot be had: every batch then goes by RPC. */
function tryCreateLane(laneBytes: number): SharedArrayBuffer | null {
  try {
    return createLaneMemory(laneBytes)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
