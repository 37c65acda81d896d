import { Broker, type TopicConfig } from 'ringlog'
import { defineScenario, type Scenario } from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from '../roles/producing.ts'
import { AWAITED_TOPIC, sendAndAwaitBy, type Awaited } from '../roles/send-and-await.ts'

/** What tells one scenario of awaited records from another. */
export interface AwaitedScenario extends Pick<Scenario, 'name' | 'description' | 'comparedWith'> {
  readonly transport: 'rpc' | 'shared'
  /** The topic is on disk, with these options. Default: in memory. */
  readonly disk?: TopicConfig
}

/** One record at a time: how long it takes from `send` until it is acknowledged. */
export function awaitedScenario({ transport, disk, ...scenario }: AwaitedScenario): Scenario {
  return defineScenario({
    ...scenario,
    isDefault: false,
    parameters: { records: 10_000, recordSizeBytes: 100 },
    fixed: { producers: 1, partitions: 1, lingerMs: 0 },
    roles: { producer: sendAndAwaitBy(transport) },
    run: async (stage) => {
      await using directory = disk === undefined ? null : await makeDataDirectory()
      const broker = await Broker.start(directory === null ? {} : { dataDirectory: directory.path })
      await broker.createTopic(AWAITED_TOPIC, disk)
      const producing = stage.start<Awaited>('producer')
      const records = stage.number('records')
      const laps = await stage.warmUp(lapOf(records))
      const startedAtMs = await stage.sync(WARM)
      const { finishedAtMs, latency } = await producing.result
      const cpuMicros = stage.cpuMicrosSinceSync()
      const [offsets] = await broker.offsets(AWAITED_TOPIC)
      const sent = laps * lapOf(records) + records
      if (offsets!.endOffset !== sent) {
        throw new Error(`the log ends at ${offsets!.endOffset}, sent ${sent}`)
      }
      await broker.close()
      const elapsedMs = finishedAtMs - startedAtMs
      const figures = { meanMicros: (elapsedMs * 1000) / records }
      return { records, elapsedMs, cpuMicros, latency, figures }
    },
  })
}
