import type { LogClient, PartitionOffsets } from 'ringlog'
import type { HistoryWriter } from '../history/history-writer.ts'
import type { AdminAction } from '../programs/program.ts'
import { sleep } from '../threads/actor-context.ts'
import { OVER } from '../threads/stage-memory.ts'
import { Calls } from '../threads/calls.ts'

const CALL_LIMIT_MS = 3_000

/** Changes topics and groups while the program runs. */
export class Administrator {
  readonly #client: LogClient
  readonly #history: HistoryWriter
  readonly #calls: Calls

  constructor(client: LogClient, history: HistoryWriter) {
    this.#client = client
    this.#history = history
    this.#calls = new Calls(history, 'administrator')
  }

  async run(actions: readonly AdminAction[], stage: Int32Array): Promise<void> {
    let nowMs = 0
    for (const action of actions) {
      await sleep(action.atMs - nowMs)
      nowMs = action.atMs
      if (Atomics.load(stage, OVER) === 1) return
      await this.#act(action)
    }
  }

  async #act(action: AdminAction): Promise<void> {
    switch (action.do) {
      case 'recreate':
        return this.#recreate(action.topic, action.awayMs)
      case 'addPartitions': {
        const { topic, count } = action
        await this.#call('createPartitions', (client) => client.createPartitions(topic, count))
        return undefined
      }
      case 'deleteRecords':
        return this.#deleteRecords(action.topic, action.partition)
      case 'resetGroup': {
        const { group, to } = action
        this.#history.write({ type: 'reset', group })
        await this.#call('resetGroupOffsets', (client) => client.resetGroupOffsets(group, to))
        return undefined
      }
      case 'describe':
        return this.#describe()
    }
  }

  async #recreate(topic: string, awayMs: number): Promise<void> {
    const described = await this.#call('describeTopic', (client) => client.describeTopic(topic))
    if (described === null) return
    const { config, partitions } = described
    this.#history.write({ type: 'deleting', topic })
    const isDeleted = await this.#call('deleteTopic', async (client) => {
      await client.deleteTopic(topic)
      return true
    })
    if (isDeleted !== true) return
    this.#history.write({ type: 'gone', topic })
    await sleep(awayMs)
    await this.#call('createTopic', (client) =>
      client.createTopic(topic, {
        partitions: partitions.length,
        ringBytes: config.ringBytes,
        whenFull: config.whenFull,
      }),
    )
  }

  async #deleteRecords(topic: string, partition: number): Promise<void> {
    const offsets = await this.#offsets(topic)
    const at = offsets?.find((one) => one.partition === partition)
    if (at === undefined) return
    const before = Math.ceil((at.logStartOffset + at.endOffset) / 2)
    this.#history.write({ type: 'deleted', topic, partition, before })
    await this.#call('deleteRecords', (client) =>
      client.deleteRecords({ topic, partition }, before),
    )
  }

  async #offsets(topic: string): Promise<PartitionOffsets[] | null> {
    const since = this.#history.now()
    const offsets = await this.#call('offsets', (client) => client.offsets(topic))
    for (const { partition, logStartOffset, endOffset } of offsets ?? []) {
      const ends = { topic, partition, logStartOffset, endOffset, since }
      this.#history.write({ type: 'ends', ...ends })
    }
    return offsets
  }

  async #describe(): Promise<void> {
    const groups = (await this.#call('listGroups', (client) => client.listGroups())) ?? []
    for (const group of groups) {
      const since = this.#history.now()
      const described = await this.#call('describeGroup', (client) => client.describeGroup(group))
      for (const { topic, partition, committed } of described?.partitions ?? []) {
        if (committed === null) continue
        const offset = committed
        this.#history.write({ type: 'observed', group, topic, partition, offset, since })
      }
    }
    for (const topic of (await this.#call('listTopics', (client) => client.listTopics())) ?? []) {
      await this.#offsets(topic)
    }
    await this.#call('metrics', (client) => client.metrics())
  }

  async #call<T>(name: string, call: (client: LogClient) => Promise<T>): Promise<T | null> {
    const outcome = await this.#calls.make(name, CALL_LIMIT_MS, () => call(this.#client))
    return outcome.kind === 'answered' ? outcome.value : null
  }
}
