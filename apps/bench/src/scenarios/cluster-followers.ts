import { connectCluster } from 'ringlog/cluster'
import { defineScenario, type Measurement, type Stage } from '../define-scenario.ts'
import { spreadOf } from '../metrics/spread.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { KafkaBroker } from '../outside/kafka-broker.ts'
import { WARM } from '../roles/producing.ts'
import {
  WAYS,
  lapPoints,
  readBesideOthers,
  writeForReaders,
  type ReadingTask,
} from '../roles/reading-beside-others.ts'

const LAPS = 5

/**
 * ```text
 *  producer ──TCP─▶ Kafka ──TCP─▶ each of three threads              without followers
 *                         ──TCP─▶ follower ─▶ ring ─▶ three threads   with
 * ```
 */
export default defineScenario({
  name: 'cluster-followers',
  description:
    'threads that read the same partition of a real Kafka as it is written: by a follower, and each by itself, in turns',
  outside: 'kafka',
  packages: ['@platformatic/kafka'],
  parameters: { records: 300_000, recordSizeBytes: 100, batchSizeBytes: 65_536, consumers: 3 },
  fixed: { producers: 1, partitions: 1 },
  roles: { producer: writeForReaders, reader: readBesideOthers },
  run: async (stage) => {
    const broker = await KafkaBroker.start()
    try {
      return await readInTurns(stage, broker.address)
    } finally {
      await broker.close()
    }
  },
})

async function readInTurns(stage: Stage, bootstrapServer: string): Promise<Measurement> {
  const records = stage.number('records')
  // The followers are this thread's: those that connect later share them.
  const client = await connectCluster({ bootstrapServers: bootstrapServer, follow: true })
  for (const way of WAYS) await client.createTopic(way)
  const task: ReadingTask = { bootstrapServer, laps: LAPS }
  const roles = [stage.start<void>('producer', task)]
  for (let index = 0; index < stage.number('consumers'); index++) {
    roles.push(stage.start<void>('reader', task, { index }))
  }
  await stage.sync('connected')
  await stage.warmUp(WAYS.length * lapOf(records))
  await stage.sync(WARM)
  const elapsedMs = { direct: [] as number[], followed: [] as number[] }
  const cpuMicros = { direct: [] as number[], followed: [] as number[] }
  for (let lap = 0; lap < LAPS; lap++) {
    for (const way of WAYS) {
      const [begin, end] = lapPoints(way, lap)
      const begunMs = await stage.sync(begin)
      const cpu = process.cpuUsage()
      const endedMs = await stage.sync(end)
      const { user, system } = process.cpuUsage(cpu)
      elapsedMs[way].push(endedMs - begunMs)
      cpuMicros[way].push(user + system)
    }
  }
  for (const { result } of roles) await result
  await client.close()
  const [direct, followed] = [median(elapsedMs.direct), median(elapsedMs.followed)]
  const [directCpu, followedCpu] = [median(cpuMicros.direct), median(cpuMicros.followed)]
  const pair = 'cluster-followers: with / without'
  return {
    records,
    bytes: records * stage.number('recordSizeBytes'),
    elapsedMs: followed,
    cpuMicros: followedCpu,
    figures: {
      directRecordsPerSecond: Math.round((records / direct) * 1000),
      directCpuNanosPerRecord: Math.round((directCpu / records) * 1000),
    },
    ratios: { [pair]: direct / followed },
    cpuRatios: { [pair]: directCpu / followedCpu },
  }
}

function median(values: readonly number[]): number {
  return spreadOf(values).median
}
