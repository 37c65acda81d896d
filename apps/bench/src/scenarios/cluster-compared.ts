import { Producer } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import {
  defineScenario,
  type Measurement,
  type RoleContext,
  type Scenario,
  type Stage,
} from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { KafkaBroker } from '../outside/kafka-broker.ts'
import {
  platformaticOn,
  ringlogOn,
  type ClusterWork,
  type Lap,
} from '../roles/consuming-from-cluster.ts'

const TOPIC = 'bench'
/** Of each client, in turns; and as many before the clock counts. */
const LAPS = 5
const WARM_LAPS = 2

/** Both clients on the same broker, a lap of one after a lap of the other: whatever the machine does, it does to both. */
export function clusterComparedScenario({
  sends,
  ...scenario
}: Pick<Scenario, 'name' | 'description'> & { readonly sends: boolean }): Scenario {
  return defineScenario({
    ...scenario,
    outside: 'kafka',
    packages: ['@platformatic/kafka'],
    parameters: { records: 1_000_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
    fixed: { producers: 1, partitions: 1, consumers: 1 },
    roles: { clients: (context) => compare(context, sends) },
    run: async (stage) => {
      const broker = await KafkaBroker.start()
      try {
        return await runCompared(stage, broker.address, sends)
      } finally {
        await broker.close()
      }
    },
  })
}

/** The laps of both. */
interface Compared {
  readonly ours: readonly Lap[]
  readonly theirs: readonly Lap[]
}

async function compare({ data }: RoleContext<ClusterWork>, sends: boolean): Promise<Compared> {
  const ours = await ringlogOn(data, sends)
  const theirs = await platformaticOn(data, sends)
  const laps = { ours: [] as Lap[], theirs: [] as Lap[] }
  for (let lap = -WARM_LAPS; lap < LAPS; lap++) {
    const [mine, other] = [await ours.lap(), await theirs.lap()]
    if (lap < 0) continue
    laps.ours.push(mine)
    laps.theirs.push(other)
  }
  await ours.close()
  await theirs.close()
  return laps
}

async function runCompared(
  stage: Stage,
  bootstrapServer: string,
  sends: boolean,
): Promise<Measurement> {
  const records = stage.number('records')
  const recordSizeBytes = stage.number('recordSizeBytes')
  const batchSizeBytes = stage.number('batchSizeBytes')
  const client = await connectCluster({ bootstrapServers: bootstrapServer })
  await client.createTopic(TOPIC)
  if (!sends) {
    const producer = new Producer(client, { batchSizeBytes })
    const value = Buffer.from(patternValue(recordSizeBytes, 0))
    for (let sequence = 0; sequence < records; sequence++) {
      stamp(value, sequence)
      if (!producer.write({ topic: TOPIC, value })) await producer.drained()
    }
    await producer.flush()
  }
  await client.close()
  const work: ClusterWork = {
    bootstrapServer,
    topic: TOPIC,
    records,
    recordSizeBytes,
    batchSizeBytes,
  }
  const { ours, theirs } = await stage.start<Compared>('clients', work).result
  const elapsedMs = median(ours.map((lap) => lap.elapsedMs))
  const theirsMs = median(theirs.map((lap) => lap.elapsedMs))
  const cpuMicros = median(ours.map((lap) => lap.cpuMicros))
  const theirsCpuMicros = median(theirs.map((lap) => lap.cpuMicros))
  return {
    records,
    bytes: records * recordSizeBytes,
    elapsedMs,
    cpuMicros,
    figures: {
      platformaticRecordsPerSecond: Math.round((records / theirsMs) * 1000),
      platformaticCpuNanosPerRecord: Math.round((theirsCpuMicros / records) * 1000),
    },
    ratios: {
      throughputOverPlatformatic: theirsMs / elapsedMs,
      cpuOfPlatformatic: theirsCpuMicros / cpuMicros,
    },
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
