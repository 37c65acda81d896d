import { until } from '@ringlog/test-kit'
import type {
  Broker,
  BrokerConfig,
  PartitionRestartEvent,
  RinglogError,
  TopicConfig,
} from 'ringlog'
import { BroadcastChannel } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { Rig, eventsOf, settle, type TestedTransport } from './rig.ts'

/** Long enough for producers to find a worker, and for it to take some batches. */
const LIFE_TURNS = 40

/** How a partition's thread can end. */
export const DEATHS = ['exits', 'throws', 'rejects', 'isTerminated'] as const
export type Death = (typeof DEATHS)[number]

/** A rig whose partitions' threads a test can end. */
export class MortalRig {
  readonly rig: Rig
  /** What `onError` was called with. */
  readonly errors: readonly RinglogError[]
  readonly restarts: readonly PartitionRestartEvent[]
  readonly #channel: BroadcastChannel

  private constructor(
    rig: Rig,
    errors: readonly RinglogError[],
    restarts: readonly PartitionRestartEvent[],
    channel: BroadcastChannel,
  ) {
    this.rig = rig
    this.errors = errors
    this.restarts = restarts
    this.#channel = channel
  }

  static async start(
    transport: TestedTransport,
    topicConfig: TopicConfig = {},
    brokerConfig: BrokerConfig = {},
    topic = 'orders',
  ): Promise<MortalRig> {
    const errors: RinglogError[] = []
    const restarts = eventsOf<PartitionRestartEvent>('ringlog:partition:restart')
    const channel = new BroadcastChannel('mortal-partition')
    onTestFinished(() => channel.close())
    const rig = await Rig.start(transport, topicConfig, topic, {
      workers: {
        controller: new URL('./mortal-controller.worker.ts', import.meta.url),
        partitionWorker: new URL('./mortal-partition.worker.ts', import.meta.url),
      },
      onError: (error) => void errors.push(error),
      ...brokerConfig,
    })
    return new MortalRig(rig, errors, restarts, channel)
  }

  get broker(): Broker {
    return this.rig.broker as Broker
  }

  /** Ends the thread of a partition; resolves when the broker has told of that. */
  async kill(partition = 0, how: Death = 'exits'): Promise<void> {
    const errorsBefore = this.errors.length
    this.killSoon(partition, how)
    await until(() => this.errors.length > errorsBefore)
  }

  killSoon(partition = 0, how: Death = 'exits'): void {
    this.#channel.postMessage(`${this.rig.topic}-${partition} ${how}`)
  }

  /** Ends the thread of a partition; resolves when another one serves it. */
  async replace(partition = 0, how: Death = 'exits'): Promise<void> {
    const restartsBefore = this.restarts.length
    await this.kill(partition, how)
    await until(() => this.restarts.length > restartsBefore)
  }

  /** Replaces threads, of one partition after the other, in every way, for as long as they are wanted. */
  async replaceUntil(signal: AbortSignal, partitions: readonly number[]): Promise<void> {
    for (let i = 0; !signal.aborted; i++) await this.#replaceNth(i, partitions)
  }

  /** Replaces the thread of a partition so often, in every way. */
  async replaceTimes(count: number, partition = 0): Promise<void> {
    for (let i = 0; i < count; i++) await this.#replaceNth(i, [partition])
  }

  async #replaceNth(i: number, partitions: readonly number[]): Promise<void> {
    await settle(LIFE_TURNS)
    await this.replace(partitions[i % partitions.length], DEATHS[i % DEATHS.length])
  }
}
