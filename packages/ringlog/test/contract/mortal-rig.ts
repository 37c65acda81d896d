import { until } from '@ringlog/test-kit'
import type { BrokerConfig, PartitionRestartEvent, RinglogError, TopicConfig } from 'ringlog'
import { BroadcastChannel } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { Rig, eventsOf, type TestedTransport } from './rig.ts'

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

  /** Replaces the threads of these partitions, one after the other, in every way. */
  async replaceUntil(signal: AbortSignal, partitions: readonly number[]): Promise<void> {
    for (let i = 0; !signal.aborted; i++) {
      await this.replace(partitions[i % partitions.length], DEATHS[i % DEATHS.length])
    }
  }
}
