import {
  runConsumer,
  type ConsumerRunner,
  type ConsumerRunnerConfig,
  type TopicConfig,
} from 'ringlog'
import { onTestFinished } from 'vitest'
import { Rig, type TestedTransport } from './rig.ts'

export const GROUP = 'billing'

/** A log with one topic, records in it, and runners that consume it. */
export class RunnerRig {
  readonly rig: Rig

  private constructor(rig: Rig) {
    this.rig = rig
  }

  static async start(transport: TestedTransport, config: TopicConfig = {}): Promise<RunnerRig> {
    return new RunnerRig(await Rig.start(transport, { ringBytes: 65_536, ...config }))
  }

  /** A runner of the topic, closed after the test. */
  async run<K = Buffer | null, V = Buffer | null, D = unknown>(
    config: Omit<ConsumerRunnerConfig<K, V, D>, 'groupId' | 'topics'>,
  ): Promise<ConsumerRunner> {
    const { broker, topic } = this.rig
    const all = { groupId: GROUP, topics: [topic], ...config } as ConsumerRunnerConfig<K, V, D>
    const runner = await runConsumer(broker, all)
    onTestFinished(() => runner.close({ timeoutMs: 100 }).catch(() => undefined))
    return runner
  }

  /** Appends records, each `<key>:<value>`; without a key where that is empty. */
  async append(records: readonly string[], partition?: number): Promise<void> {
    const producer = this.rig.producer()
    for (const record of records) {
      const [key, value] = record.split(':') as [string, string]
      const at = partition === undefined ? {} : { partition }
      producer.write({ topic: this.rig.topic, key: key === '' ? null : key, value, ...at })
    }
    await producer.close()
  }

  /** What the group has committed, over all partitions. */
  async committed(): Promise<number> {
    const { broker, topic } = this.rig
    const offsets = await broker.offsets(topic, GROUP)
    return offsets.reduce((sum, { committed }) => sum + (committed ?? 0), 0)
  }
}
