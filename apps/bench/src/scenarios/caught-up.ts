import { Broker, type Consumer, type ConsumerRecords } from 'ringlog'
import { defineScenario, type Scenario } from '../define-scenario.ts'
import { makeDataDirectory } from '../metrics/data-directory.ts'
import { assertTally, expectedTally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { catchUpBy, type CaughtUp } from '../roles/catching-up.ts'
import { WARM } from '../roles/producing.ts'
import { DISK_TOPIC, fillLog } from './log-on-disk.ts'

const RING_BYTES = 1024 * 1024

/** A consumer that begins a GiB behind: all but the last MiB is read from the files, which are in the page cache. */
export function caughtUp(
  scenario: Pick<Scenario, 'name' | 'description' | 'comparedWith'>,
  poll: (consumer: Consumer) => ConsumerRecords | Promise<ConsumerRecords>,
): Scenario {
  return defineScenario({
    ...scenario,
    isDefault: false,
    parameters: { records: 10_000_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
    fixed: { consumers: 1, partitions: 1 },
    roles: { reader: catchUpBy(poll) },
    run: async (stage) => {
      await using directory = await makeDataDirectory()
      const broker = await Broker.start({ dataDirectory: directory.path })
      await broker.createTopic(DISK_TOPIC, { ringBytes: RING_BYTES })
      await fillLog(broker, stage)
      const records = stage.number('records')
      const reading = stage.start<CaughtUp>('reader', { topic: DISK_TOPIC })
      // A lap may end beyond its records: with the poll that has the last of them.
      await stage.warmUp(lapOf(records))
      const startedAtMs = await stage.sync(WARM)
      const { tally, finishedAtMs } = await reading.result
      const cpuMicros = stage.cpuMicrosSinceSync()
      await broker.close()
      assertTally([tally], [expectedTally(0, records)])
      const bytes = records * stage.number('recordSizeBytes')
      return { records, bytes, elapsedMs: finishedAtMs - startedAtMs, cpuMicros }
    },
  })
}
