import {
  coordinatorOf,
  tellBroker,
  type BrokerProxies,
  type RunningKafka,
} from '@ringlog/kafka-tool'
import type { ClusterClient } from 'ringlog/cluster'
import type { Random } from '../programs/random.ts'
import { sleep } from '../threads/actor-context.ts'

/** What can befall a cluster. */
export const CLUSTER_FAULTS = ['leader', 'coordinator', 'cut', 'slow', 'rolling'] as const
export type ClusterFault = (typeof CLUSTER_FAULTS)[number]

/** Those that a client only sees on the way through proxies. */
export const OF_THE_WAY: ReadonlySet<ClusterFault> = new Set(['cut', 'slow'])

const REPLICATED_WITHIN_MS = 60_000

/** What a fault needs to strike. */
export interface FaultParts {
  readonly kafka: RunningKafka
  /** On no proxy. */
  readonly admin: ClusterClient
  readonly proxies: BrokerProxies
  readonly random: Random
  readonly topic: string
  readonly groupId: string
  /** Says what is being done, and to which broker. */
  readonly note: (what: string) => void
}

/** Has it befall the cluster, and resolves when it is mended. */
export async function strike(fault: ClusterFault, parts: FaultParts): Promise<void> {
  switch (fault) {
    case 'leader':
      return end(await leaderOf(parts), parts)
    case 'coordinator':
      return end(await coordinatorOf(parts.kafka.bootstrapServers, parts.groupId), parts)
    case 'cut':
      return cut(parts)
    case 'slow':
      return slow(parts)
    case 'rolling':
      return roll(parts)
  }
}

/** A broker is gone, mostly without a word to others, and comes back. */
async function end(nodeId: number, { kafka, random, note, ...parts }: FaultParts): Promise<void> {
  const command = random.chance(0.75) ? 'kill' : 'stop'
  note(`${command} broker ${nodeId}`)
  await tellBroker(kafka, command, nodeId)
  await sleep(random.integer(0, 3_000))
  note(`start broker ${nodeId}`)
  await tellBroker(kafka, 'start', nodeId)
  await untilReplicated(parts)
}

async function cut({ proxies, random, note }: FaultParts): Promise<void> {
  for (let times = random.integer(1, 3); times > 0; times--) {
    const nodeId = random.integer(0, 2)
    note(`cut all connections to broker ${nodeId}`)
    proxies.cut(nodeId, () => random.next())
    await sleep(random.integer(0, 400))
  }
}

async function slow({ proxies, random, note }: FaultParts): Promise<void> {
  const nodeId = random.integer(0, 2)
  const delayMs = random.integer(50, 1_500)
  note(`broker ${nodeId} answers ${2 * delayMs} ms later`)
  proxies.slow(nodeId, delayMs)
  await sleep(random.integer(500, 4_000))
  proxies.slow(nodeId, 0)
  note(`broker ${nodeId} is as fast as ever`)
}

/** All brokers, one after the other, as for a new version. */
async function roll({ kafka, random, note, ...parts }: FaultParts): Promise<void> {
  for (const nodeId of [0, 1, 2]) {
    note(`stop broker ${nodeId}`)
    await tellBroker(kafka, 'stop', nodeId)
    note(`start broker ${nodeId}`)
    await tellBroker(kafka, 'start', nodeId)
    await untilReplicated(parts)
    await sleep(random.integer(0, 500))
  }
}

async function leaderOf({ admin, topic, random }: FaultParts): Promise<number> {
  const { partitions } = await admin.describeTopic(topic)
  return random.pick(partitions).leader
}

/** Waits until each broker has all again: the next one that goes is then missed by nobody. */
async function untilReplicated({
  admin,
  topic,
}: Pick<FaultParts, 'admin' | 'topic'>): Promise<void> {
  const untilMs = performance.now() + REPLICATED_WITHIN_MS
  for (;;) {
    const { partitions } = await admin.describeTopic(topic)
    if (partitions.every(({ replicas, isr }) => isr.length === replicas.length)) return
    if (performance.now() > untilMs) {
      throw new Error(`partitions of ${topic} do not have all their replicas again in time`)
    }
    await sleep(200)
  }
}
