/**
 * A member of a group that polls in a manner of its own, with pauses, until it is told to close, or is
 * ended. It posts what is wrong, and then stops.
 */
import { seededRandom } from '@ringlog/test-kit'
import {
  Consumer,
  RinglogError,
  connect,
  type BrokerAddress,
  type ConsumerConfig,
  type ConsumerRecord,
  type TopicPartition,
} from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'
import { GroupLedger, type LedgerMemory } from './group-ledger.ts'

export interface MemberData {
  address: BrokerAddress
  topic: string
  partitions: number
  ledger: LedgerMemory
  number: number
  seed: number
  config: ConsumerConfig
  manner: 'poll' | 'pollSync' | 'iterate'
  /** Now and then it blocks its thread for longer than `maxPollIntervalMs`. */
  isStuck: boolean
  /** Int32 word 0: 1 means close. */
  stop: SharedArrayBuffer
}

const data = workerData as MemberData
const random = seededRandom(data.seed)
const ledger = new GroupLedger(data.partitions, data.ledger)
const stop = new Int32Array(data.stop)
const isManual = data.config.autoCommit === false
/** By partition: the offset that must come next. */
const expected = new Map<number, number>()

const client = await connect(data.address)
const consumer = new Consumer(client, {
  maxPollRecords: 1 + Math.floor(random() * 50),
  ...data.config,
})

const listener = {
  onPartitionsAssigned(partitions: TopicPartition[]): void {
    for (const p of partitions) {
      ledger.own(p.partition, data.number, data.isStuck)
      expected.set(p.partition, consumer.position(p))
    }
  },
  async onPartitionsRevoked(partitions: TopicPartition[]): Promise<void> {
    if (random() < 0.3) await pause(3)
    if (isManual) await commit()
    for (const { partition } of partitions) {
      ledger.disown(partition, data.number, data.isStuck)
      expected.delete(partition)
    }
  },
  onPartitionsLost(partitions: TopicPartition[]): void {
    if (!data.isStuck) throw new Error(`lost ${partitions.length} partitions, though never stuck`)
    for (const { partition } of partitions) expected.delete(partition)
  },
}

/** Holds it against what must come next, and counts it. */
function take({ partition, offset, value }: ConsumerRecord): void {
  const next = expected.get(partition)
  if (next === undefined) throw new Error(`record ${offset} of partition ${partition}, not owned`)
  if (offset !== next) throw new Error(`partition ${partition}: got ${offset}, expected ${next}`)
  if (Number.parseInt(String(value), 10) !== offset)
    throw new Error(`record ${offset} says ${String(value)}`)
  expected.set(partition, offset + 1)
  ledger.give(partition, offset)
}

/** A member that is stuck may have been put out meanwhile. */
async function commit(): Promise<void> {
  try {
    await consumer.commit()
  } catch (error) {
    if (!data.isStuck || !RinglogError.is(error, 'STALE_MEMBER_EPOCH')) throw error
  }
}

async function pause(maxMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, random() * maxMs))
}

/** Work that blocks the thread. */
function work(maxMs: number): void {
  const untilMs = performance.now() + random() * maxMs
  while (performance.now() < untilMs) Atomics.load(stop, 0)
}

/** Iterates for a while; a wait for records is ended soon. */
async function iterate(): Promise<void> {
  const timer = setTimeout(() => consumer.wakeup(), 20)
  try {
    for await (const record of consumer) {
      take(record)
      if (random() < 0.02) await pause(2)
      if (random() < 0.05 || Atomics.load(stop, 0) !== 0) break
    }
  } catch (error) {
    if (!RinglogError.is(error, 'WAKEUP')) throw error
  }
  clearTimeout(timer)
}

try {
  await consumer.subscribe([data.topic], listener)
  parentPort!.postMessage('subscribed')
  while (Atomics.load(stop, 0) === 0) {
    if (data.manner === 'iterate') {
      await iterate()
    } else if (data.manner === 'pollSync') {
      for (const record of consumer.pollSync({ timeoutMs: 2 })) take(record)
      await new Promise((resolve) => setImmediate(resolve))
    } else {
      for (const record of await consumer.poll({ timeoutMs: 20 })) take(record)
    }
    if (isManual && random() < 0.5) await commit()
    if (random() < 0.2) await pause(4)
    if (random() < 0.1) work(4)
    if (data.isStuck && random() < 0.01) work(2 * (data.config.maxPollIntervalMs ?? 0))
  }
  // The record that an iteration yielded last counts as consumed when the next is asked for: or now.
  await commit()
  await client.close()
  parentPort!.postMessage('closed')
} catch (error) {
  parentPort!.postMessage(String((error as Error).stack ?? error))
}
