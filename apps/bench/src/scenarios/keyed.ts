import { Broker, type WaitStrategy } from 'ringlog'
import { defineScenario, type RoleHandle } from '../define-scenario.ts'
import { assertTally, expectedTally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { ZipfKeys } from '../metrics/zipf-keys.ts'
import type { Consumed, ConsumerTask } from '../roles/consuming.ts'
import { KEYS, WORK_MICROS, consumeKeyed, produceKeyed } from '../roles/keyed.ts'
import { WARM, type ProducerTask } from '../roles/producing.ts'
import { PIPELINE_PARAMETERS } from './pipeline.ts'

const TOPIC = 'bench'
const LAPS_AS_TIMED = 10

/**
 * ```text
 *              ┌─▶ partition 0 ──▶ consumer, 5 µs of work a record
 *  producer ───┼─▶ …
 *              └─▶ partition n ──▶ consumer
 * ```
 * Order per key against parallelism: the records of a key are one after the other, whatever there is of
 * threads, and the partition of the most frequent key has the most to do.
 */
export default defineScenario({
  name: 'keyed',
  description: `keys by Zipf's law, ${WORK_MICROS} µs of work a record, a consumer for each partition; order per key`,
  isDefault: false,
  parameters: { records: 200_000, ...PIPELINE_PARAMETERS, partitions: 2 },
  sweep: { partitions: [1, 2, 4, 8] },
  fixed: { producers: 1 },
  roles: { producer: produceKeyed, consumer: consumeKeyed },
  run: async (stage) => {
    const partitions = stage.number('partitions')
    const lapRecords = lapOf(stage.number('records'))
    const timedRecords = lapRecords * LAPS_AS_TIMED
    const counts = new ZipfKeys(KEYS, lapRecords).countsOf(partitions)
    const broker = await Broker.start()
    await broker.createTopic(TOPIC, {
      partitions,
      waitStrategy: stage.parameters.wait as WaitStrategy,
    })
    const consuming = counts.map((count, partition): RoleHandle<Consumed> => {
      const task: ConsumerTask = {
        partitions: [{ topic: TOPIC, partition }],
        producers: 1,
        lapRecords: count,
        timedRecords: count * LAPS_AS_TIMED,
      }
      return stage.start<Consumed>('consumer', task, { index: partition })
    })
    await stage.sync('assigned')
    const task: ProducerTask = { topic: TOPIC, lapRecords, timedRecords }
    const producing = stage.start<void>('producer', task)
    const laps = await stage.warmUp(lapRecords)
    const startedAtMs = await stage.sync(WARM)
    const consumed = await Promise.all(consuming.map(async ({ result }) => result))
    const cpuMicros = stage.cpuMicrosSinceSync()
    await producing.result
    await broker.close()
    const sent = expectedTally(laps * lapRecords, timedRecords)
    assertTally(
      consumed.map(({ tally }) => tally),
      [sent],
    )
    return {
      records: timedRecords,
      elapsedMs: Math.max(...consumed.map(({ finishedAtMs }) => finishedAtMs)) - startedAtMs,
      cpuMicros,
      figures: { busiestPartitionPercent: (Math.max(...counts) / lapRecords) * 100 },
    }
  },
})
