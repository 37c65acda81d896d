import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { assertTally, expectedTally } from '../metrics/stamped-value.ts'
import {
  BLOCKED,
  BLOCKED_GROUP,
  BLOCKED_TOPIC,
  MEASURED,
  PRODUCERS,
  produceUntilBlocked,
  resume,
  type BlockedTask,
  type Resumed,
} from '../roles/blocked-producers.ts'

const MEBIBYTE = 1024 * 1024

/** A full ring that nobody frees: what its producers cost meanwhile, and how soon they go on. */
export default defineScenario({
  name: 'blocked-producers',
  description:
    'three producers on a full ring: processor time of the process meanwhile; nothing is lost',
  isDefault: false,
  parameters: { records: 300_000, recordSizeBytes: 100, durationMs: 10_000 },
  fixed: { producers: PRODUCERS, partitions: 1, consumers: 1 },
  roles: { producer: produceUntilBlocked, consumer: resume },
  run: async (stage) => {
    const broker = await Broker.start()
    await broker.createTopic(BLOCKED_TOPIC, { gatingGroups: [BLOCKED_GROUP] })
    const totals = new SharedArrayBuffer(PRODUCERS * Int32Array.BYTES_PER_ELEMENT)
    const task: BlockedTask = { totals }
    const producing = Array.from({ length: PRODUCERS }, (_, index) =>
      stage.start<void>('producer', task, { index }),
    )
    const blockedAtMs = await stage.sync(BLOCKED)
    const cpuAtStart = process.cpuUsage()
    const rssAtStartBytes = process.memoryUsage.rss()
    const resumedAtMs = await stage.sync(MEASURED)
    const { user, system } = process.cpuUsage(cpuAtStart)
    const rssGrownBytes = process.memoryUsage.rss() - rssAtStartBytes

    const { tally, deliveredAfterCommitMs } = await stage.start<Resumed>('consumer', task).result
    const elapsedMs = stage.nowMs() - resumedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    await Promise.all(producing.map(async ({ result }) => result))
    await broker.close()
    const sent = [...new Int32Array(totals)].map((count) => expectedTally(0, count))
    assertTally([tally], sent)
    return {
      records: tally.count,
      elapsedMs,
      cpuMicros,
      figures: {
        blockedCpuPercentOfACore: (user + system) / 10 / (resumedAtMs - blockedAtMs),
        blockedRssGrownMebibytes: rssGrownBytes / MEBIBYTE,
        deliveredAfterFreeingCommitMs: deliveredAfterCommitMs,
      },
    }
  },
})
