import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BrokerProxies, type RunningKafka } from '@ringlog/kafka-tool'
import { connectCluster, type ClusterClient } from 'ringlog/cluster'
import type { Anomaly } from '../checker/anomaly.ts'
import { checkHistory } from '../checker/check-history.ts'
import { countEvents, noCounts, type EventCounts } from '../count-events.ts'
import { HistoryWriter, historyAddress } from '../history/history-writer.ts'
import { readHistory } from '../history/read-history.ts'
import type { Program } from '../programs/program.ts'
import { Random } from '../programs/random.ts'
import { drainGroups } from '../runner/drain-groups.ts'
import { readRemaining } from '../runner/read-remaining.ts'
import { showAnomaly } from '../show-anomaly.ts'
import { sleep } from '../threads/actor-context.ts'
import { runActors } from '../threads/run-actors.ts'
import { OVER, STAGE_BYTES } from '../threads/stage-memory.ts'
import { OF_THE_WAY, strike, type ClusterFault } from './cluster-fault.ts'
import { clusterProgram } from './cluster-program.ts'

/** As many befall one topic and its group. */
const FAULTS_PER_ROUND = 5

/** What the user asked for. */
export interface ClusterFaultsCommand {
  readonly kafka: RunningKafka
  readonly fault: ClusterFault
  readonly times: number
  readonly seed: number
}

export interface ClusterFaultsVerdict {
  /** In words, with what led to them. */
  readonly anomalies: readonly string[]
  readonly counts: EventCounts
  /** Has the histories of rounds with anomalies. */
  readonly folder: string
}

/**
 * Has a fault befall a cluster so often, under load, and looks for anomalies in what its clients saw.
 *
 * @param onRound Called after each, with how many faults have struck.
 */
export async function runClusterFaults(
  { kafka, fault, times, seed }: ClusterFaultsCommand,
  onRound: (struck: number) => void,
): Promise<ClusterFaultsVerdict> {
  const folder = await mkdtemp(join(tmpdir(), 'ringlog-cluster-faults-'))
  const counts = noCounts()
  const anomalies: string[] = []
  for (let struck = 0, index = 0; struck < times; index++) {
    const faults = Math.min(FAULTS_PER_ROUND, times - struck)
    const file = join(folder, `${index}.history`)
    const random = Random.of(seed, index)
    const program = clusterProgram(random, seed, index)
    const round = new Round({ kafka, fault, faults, program, random, file })
    await round.run()
    const history = await readHistory(file)
    const found: Anomaly[] = checkHistory(history)
    anomalies.push(...found.map((anomaly) => showAnomaly(anomaly, history)))
    countEvents(counts, history)
    if (found.length === 0) await rm(file)
    struck += faults
    onRound(struck)
  }
  if (anomalies.length === 0) await rm(folder, { recursive: true })
  return { anomalies, counts, folder }
}

interface RoundParts {
  readonly kafka: RunningKafka
  readonly fault: ClusterFault
  readonly faults: number
  readonly program: Program
  readonly random: Random
  /** Takes the history. */
  readonly file: string
}

/** A load on a topic and a group of its own, and some faults. */
class Round {
  readonly #parts: RoundParts
  readonly #history: HistoryWriter
  readonly #address: ReturnType<typeof historyAddress>

  constructor(parts: RoundParts) {
    this.#parts = parts
    this.#address = historyAddress(parts.file)
    this.#history = new HistoryWriter(this.#address, 'main')
  }

  async run(): Promise<void> {
    const { kafka, fault, program } = this.#parts
    const topic = program.topics[0]!.name
    const proxies = await BrokerProxies.start(kafka.bootstrapServers)
    const { bootstrapServers } = OF_THE_WAY.has(fault) ? proxies : kafka
    const admin = await connectCluster({ bootstrapServers: kafka.bootstrapServers })
    const client = await connectCluster({ bootstrapServers })
    try {
      await admin.createTopic(topic, {
        ...program.topics[0]!.config,
        replicationFactor: 3,
        configs: { 'min.insync.replicas': '2' },
      })
      this.#history.write({ type: 'program', program })
      await this.#play(client, { admin, proxies })
      await drainGroups(client, program, this.#history)
      await readRemaining(client, topic, program.groups, this.#history)
      await admin.deleteGroup(program.groups[0]!.id)
      await admin.deleteTopic(topic)
    } finally {
      // What a consumer that was not closed is told is part of the history.
      await client.close()
      this.#history.close()
      await admin.close()
      proxies.close()
    }
  }

  async #play(
    client: ClusterClient,
    { admin, proxies }: { admin: ClusterClient; proxies: BrokerProxies },
  ): Promise<void> {
    const { kafka, fault, faults, program, random } = this.#parts
    const history = this.#history
    const stage = new Int32Array(new SharedArrayBuffer(STAGE_BYTES))
    const actors = program.threads[0]!.actors
    const surroundings = { client, history, historyAddress: this.#address, life: 0 }
    const playing = runActors(actors, surroundings, stage)
    const [topic, groupId] = [program.topics[0]!.name, program.groups[0]!.id]
    const note = (what: string): void => history.write({ type: 'cluster fault', what })
    await sleep(2_000) // the group has its members, its coordinator its group
    try {
      for (let i = 0; i < faults; i++) {
        await strike(fault, { kafka, admin, proxies, random, topic, groupId, note })
        await sleep(random.integer(200, 1_500))
      }
    } finally {
      Atomics.store(stage, OVER, 1)
      await playing
    }
  }
}
