import { connectCluster } from 'ringlog/cluster'
import {
  defineScenario,
  type Measurement,
  type Parameters,
  type RoleContext,
  type Scenario,
  type Stage,
} from '../define-scenario.ts'
import type { LatencyMicros } from '../metrics/latency-histogram.ts'
import { spreadOf } from '../metrics/spread.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { KafkaBroker } from '../outside/kafka-broker.ts'
import type {
  ComparedClient,
  ComparedLap,
  ComparedWork,
  OpenClient,
} from '../roles/compared-client.ts'
import { WARM } from '../roles/producing.ts'
import { storeRecords } from '../roles/ringlog-compared.ts'

/** Of each client, in turns. */
const LAPS = 5
/** Other clients for Node.js: which of them is the fastest is seen in each run. */
const OTHER_CLIENTS = new Set(['platformatic', 'kafkajs'])
const FASTEST = 'the fastest other client'
/** The same program without a cluster. */
const PROCESS = 'process'

/** What each client has done, and which of them there are. */
type ComparedLaps = Readonly<Record<string, readonly ComparedLap[]>>

interface ClusterCompared extends Pick<Scenario, 'name' | 'description'> {
  /** The first is Ringlog's on the cluster, `process` the same in the process, others are rivals. */
  readonly clients: Readonly<Record<string, OpenClient>>
  readonly parameters: Parameters
  /** What they read is stored before: in a topic that all share, or by each in topics of its own. Default: nothing. */
  readonly stored?: 'shared' | 'own'
  /** What is measured on the same broker by another program. */
  readonly alsoMeasure?: (broker: KafkaBroker, stage: Stage) => Promise<Rival>
  /** What comes of the laps; default: what the first client is to the others. */
  readonly measure?: (laps: ComparedLaps, measured: Measured) => Measurement
}

/** What was measured beside the laps. */
interface Measured {
  readonly scenario: string
  /** Of a lap, and the bytes of their values. */
  readonly records: number
  readonly bytes: number
  readonly rival: Rival | undefined
}

/** A program of its own that was measured: how many times as fast the scenario's first client is. */
interface Rival {
  readonly name: string
  readonly recordsPerSecond: number
}

/** Clients on the same broker, a lap of each after a lap of the others: whatever the machine does, it does to all. */
export function clusterComparedScenario(compared: ClusterCompared): Scenario {
  const { name, description, parameters, clients } = compared
  return defineScenario({
    name,
    description,
    parameters,
    outside: 'kafka',
    packages: ['@platformatic/kafka', 'kafkajs'],
    fixed: { producers: 1, partitions: 1, consumers: 1 },
    roles: {
      clients: (context: RoleContext<readonly ComparedWork[]>) => takeTurns(context, clients),
    },
    run: async (stage) => {
      const broker = await KafkaBroker.start()
      try {
        return await compare(stage, broker, compared)
      } finally {
        await broker.close()
      }
    },
  })
}

async function takeTurns(
  context: RoleContext<readonly ComparedWork[]>,
  openers: Readonly<Record<string, OpenClient>>,
): Promise<ComparedLaps> {
  const clients: Array<[name: string, client: ComparedClient]> = []
  for (const [index, [name, open]] of Object.entries(openers).entries()) {
    clients.push([name, await open(context.data[index]!)])
  }
  const records = context.number('records')
  await context.warmUp(async () => {
    for (const [, client] of clients) await client.lap(lapOf(records))
  })
  await context.sync(WARM)
  const laps = Object.fromEntries(clients.map(([name]) => [name, [] as ComparedLap[]]))
  for (let lap = 0; lap < LAPS; lap++) {
    for (const [name, client] of clients) laps[name]!.push(await client.lap(records))
  }
  for (const [, client] of clients) await client.close()
  return laps
}

async function compare(
  stage: Stage,
  broker: KafkaBroker,
  { name, clients, stored, alsoMeasure, measure = compareWithOthers }: ClusterCompared,
): Promise<Measurement> {
  const records = stage.number('records')
  const recordSizeBytes = stage.number('recordSizeBytes')
  const works = Object.keys(clients).map((client): ComparedWork => {
    const isShared = stored === 'shared' && client !== PROCESS
    const topic = isShared ? 'bench' : `bench-${client}`
    const batchSizeBytes = Number(stage.parameters.batchSizeBytes ?? 0)
    const storedRecords = stored === undefined ? 0 : records
    const bootstrapServer = broker.address
    return { bootstrapServer, topic, storedRecords, recordSizeBytes, batchSizeBytes }
  })
  const [own] = works
  if (stored === 'shared') {
    const client = await connectCluster({ bootstrapServers: broker.address })
    await client.createTopic(own!.topic)
    await storeRecords(client, own!)
    await client.close()
  }
  const compared = stage.start<ComparedLaps>('clients', works)
  await stage.warmUp(lapOf(records) * works.length)
  await stage.sync(WARM)
  const laps = await compared.result
  const rival = await alsoMeasure?.(broker, stage)
  return measure(laps, { scenario: name, records, bytes: records * recordSizeBytes, rival })
}

/** Medians of the laps; and what the first client is to the others by them. */
export function compareWithOthers(
  laps: ComparedLaps,
  { scenario, records, bytes, rival }: Measured,
): Measurement {
  const [own, ...others] = Object.entries(laps).map(([name, ofClient]) => ({
    name,
    ...medianLap(ofClient),
  }))
  const { elapsedMs, cpuMicros, latency } = own!
  const figures: Record<string, number> = {}
  const ratios: Record<string, number> = {}
  const cpuRatios: Record<string, number> = {}
  for (const other of others) {
    figures[`${other.name}RecordsPerSecond`] = Math.round((records / other.elapsedMs) * 1000)
    figures[`${other.name}CpuNanosPerRecord`] = Math.round((other.cpuMicros / records) * 1000)
    const [byRate, byCpu] = [other.elapsedMs / elapsedMs, other.cpuMicros / cpuMicros]
    const isProcess = other.name === PROCESS
    const pair = isProcess ? `${PROCESS} / ${scenario}` : `${scenario} / ${other.name}`
    ratios[pair] = isProcess ? 1 / byRate : byRate
    cpuRatios[pair] = isProcess ? 1 / byCpu : byCpu
    if (latency === undefined || other.latency === undefined) continue
    for (const percentile of ['p50', 'p99'] as const) {
      const [ofOwn, ofOther] = [latency[percentile], other.latency[percentile]]
      figures[`${other.name}Micros${percentile.toUpperCase()}`] = ofOther
      ratios[`${pair}, ${percentile}`] = isProcess ? ofOther / ofOwn : ofOwn / ofOther
    }
  }
  const rivals = others.filter(({ name }) => OTHER_CLIENTS.has(name))
  if (rivals.length > 1) {
    const fastest = rivals.reduce((a, b) => (b.elapsedMs < a.elapsedMs ? b : a))
    ratios[`${scenario} / ${FASTEST}`] = fastest.elapsedMs / elapsedMs
    cpuRatios[`${scenario} / ${FASTEST}`] = fastest.cpuMicros / cpuMicros
  }
  if (rival !== undefined) {
    figures[`${rival.name}RecordsPerSecond`] = rival.recordsPerSecond
    ratios[`${scenario} / ${rival.name}`] = (records / elapsedMs) * (1000 / rival.recordsPerSecond)
  }
  return {
    records,
    bytes,
    elapsedMs,
    cpuMicros,
    figures,
    ratios,
    cpuRatios,
    ...(latency === undefined ? {} : { latency }),
  }
}

/** Of each figure the median. */
export function medianLap(laps: readonly ComparedLap[]): ComparedLap {
  const median = (of: (lap: ComparedLap) => number): number => spreadOf(laps.map(of)).median
  const lap = {
    elapsedMs: median(({ elapsedMs }) => elapsedMs),
    cpuMicros: median(({ cpuMicros }) => cpuMicros),
  }
  const latencies = laps.flatMap(({ latency }) => latency ?? [])
  if (latencies.length === 0) return lap
  const percentile = (name: keyof LatencyMicros): number =>
    spreadOf(latencies.map((latency) => latency[name]!)).median
  const latency = {
    p50: percentile('p50'),
    p90: percentile('p90'),
    p99: percentile('p99'),
    p999: percentile('p999'),
    max: Math.max(...latencies.map(({ max }) => max)),
  }
  return { ...lap, latency }
}
