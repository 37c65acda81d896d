import {
  CLIENT_HANDLE,
  FAULT_INJECTOR,
  LOG_ENGINE,
  RinglogError,
  checkPartition,
  type BrokerAddress,
  type BrokerMetrics,
  type ClientHandle,
  type EngineHolder,
  type FaultInjector,
  type FaultInjectorHolder,
  type GroupDescription,
  type HandleHolder,
  type LogClient,
  type LogEngine,
  type PartitionOffsets,
  type ResetTarget,
  type RpcClient,
  type TopicConfig,
  type TopicDescription,
  type TopicPartition,
  assertGroupId,
} from '@ringlog/core/internal'
import type { ControllerService } from '../wire/controller-service.ts'
import { startTimeoutMs } from '../wire/partition-starts.ts'
import type { LocalEngine } from './local-engine.ts'
import { toPlain, toPlainOptions } from './plain-argument.ts'

/** What `backup` calls. */
export const BACK_UP = Symbol('ringlog.backUp')

/** A connection to the broker of this process: what `connect` gives, and what a broker is itself. */
export class LocalClient implements LogClient, EngineHolder, HandleHolder, FaultInjectorHolder {
  readonly address: BrokerAddress
  readonly #engine: LocalEngine

  constructor(address: BrokerAddress, engine: LocalEngine) {
    this.address = address
    this.#engine = engine
  }

  /** @internal */
  get [LOG_ENGINE](): LogEngine {
    return this.#engine
  }

  /** @internal */
  get [CLIENT_HANDLE](): ClientHandle {
    if (this.address.isInMemory === true) throw inMemory()
    return { module: null, data: this.address }
  }

  /** @internal */
  get [FAULT_INJECTOR](): FaultInjector {
    return {
      inject: async (fault) => this.#controller.call('injectFault', [fault]),
      killClient: () => this.#engine.kill(),
    }
  }

  async createTopic(topic: string, config?: TopicConfig): Promise<TopicDescription> {
    const controller = this.#controller
    const given = toPlainOptions(config)
    const deadlineMs = this.#engine.clock.nowMs() + startTimeoutMs(given?.partitions)
    return controller.call('createTopic', [toPlain(topic), given], { deadlineMs })
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#controller.call('deleteTopic', [toPlain(topic)])
  }

  async createPartitions(topic: string, count: number): Promise<void> {
    const deadlineMs = this.#engine.clock.nowMs() + startTimeoutMs(count)
    const args = [toPlain(topic), toPlain(count)] as const
    await this.#controller.call('createPartitions', [...args], { deadlineMs })
  }

  async deleteRecords(p: TopicPartition, beforeOffset: number): Promise<void> {
    await this.#controller.call('deleteRecords', [checkPartition(p), toPlain(beforeOffset)])
  }

  async listTopics(): Promise<string[]> {
    return this.#controller.call('listTopics', [])
  }

  async describeTopic(topic: string): Promise<TopicDescription> {
    return this.#controller.call('describeTopic', [toPlain(topic)])
  }

  async offsets(topic: string, groupId?: string): Promise<PartitionOffsets[]> {
    const controller = this.#controller
    if (groupId !== undefined) assertGroupId(groupId)
    return controller.call('offsets', [toPlain(topic), groupId])
  }

  async listGroups(): Promise<string[]> {
    return this.#controller.call('listGroups', [])
  }

  async describeGroup(groupId: string): Promise<GroupDescription> {
    const controller = this.#controller
    assertGroupId(groupId)
    return controller.call('describeGroup', [groupId])
  }

  async deleteGroup(groupId: string): Promise<void> {
    const controller = this.#controller
    assertGroupId(groupId)
    await controller.call('deleteGroup', [groupId])
  }

  async resetGroupOffsets(groupId: string, to: ResetTarget): Promise<void> {
    const controller = this.#controller
    assertGroupId(groupId)
    await controller.call('resetGroupOffsets', [groupId, toPlain(to)])
  }

  async metrics(): Promise<BrokerMetrics> {
    return this.#controller.call('metrics', [])
  }

  /** @internal */
  async [BACK_UP](target: string): Promise<void> {
    // As long as it takes: the broker's end ends it.
    await this.#controller.call('backUp', [target], { deadlineMs: Infinity })
  }

  async close(): Promise<void> {
    await this.#engine.close()
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @throws RinglogError BROKER_CLOSED once this client, or its broker, is closed. */
  get #controller(): RpcClient<ControllerService> {
    const closed = this.#engine.closedError()
    if (closed !== null) throw closed
    return this.#engine.controller
  }
}

function inMemory(): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    'an in-memory client serves only the thread that made it, and a pool needs threads: give it a broker, ' +
      'await Broker.start()',
  )
}
