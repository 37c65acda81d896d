import {
  Consumer,
  connect,
  type ConsumerConfig,
  type ConsumerRecords,
  type TopicPartition,
  type WaitStrategy,
} from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { HeapWatch, type HeapGrowth } from '../metrics/heap-growth.ts'
import { StampChecker, type Tally } from '../metrics/stamped-value.ts'
import { ValueSizes } from '../metrics/value-sizes.ts'
import { WARM } from './producing.ts'

/** What the keys that `producerOfObjects` sends begin with. */
const KEY_BYTE = 'k'.charCodeAt(0)

/** The group of consuming roles that subscribe. */
const GROUP = 'bench-group'

/** What a consuming role is told. */
export interface ConsumerTask {
  readonly partitions: TopicPartition[]
  readonly producers: number
  /** Consumed of these partitions in each lap of the warm-up, and in the timed part. */
  readonly lapRecords: number
  readonly timedRecords: number
}

export interface Consumed {
  /** Of the timed part. */
  readonly tally: Tally
  readonly finishedAtMs: number
  /** Where it was watched. */
  readonly heap?: HeapGrowth
}

/** Takes in what a poll returned: every record is counted, summed and checked. */
export type TakeIn = (records: ConsumerRecords, checker: StampChecker, consumer: Consumer) => void

/** A consuming role: polls, and walks every record with a cursor. */
export function consume(context: RoleContext<ConsumerTask>): Promise<Consumed> {
  return consumeAll(context, walk)
}

function walk(records: ConsumerRecords, checker: StampChecker, consumer: Consumer): void {
  checker.checkAll(consumer.cursor(records))
}

/** A consuming role: as `consume`, and watches its thread's heap. */
export function consumeWatched(context: RoleContext<ConsumerTask>): Promise<Consumed> {
  return consumeAll(context, walk, { maxPollRecords: Infinity }, true)
}

/** A consuming role: polls records as objects, and touches every key and value. */
export function consumeRecords(context: RoleContext<ConsumerTask>): Promise<Consumed> {
  return consumeAll(context, (records, checker) => {
    for (const { partition, key, value } of records) {
      if (key !== null && key[0] !== KEY_BYTE) throw new Error(`key ${key.toString()} was not sent`)
      checker.check(value!, 0, value!.length, partition)
    }
  })
}

/** Kafka's default, by which a poll is short and a commit at every poll counts for most. */
const RECORDS_A_POLL = 500

/** A consuming role: 500 records a poll; in a group it commits at every poll. */
export function consumerOf500(
  groupId: string | null,
): (context: RoleContext<never>) => Promise<Consumed> {
  const group = groupId === null ? {} : { groupId }
  return (context) => consumeAll(context, walk, { maxPollRecords: RECORDS_A_POLL, ...group })
}

/** A consuming role with the default configuration, which is given its partitions. */
export function consumeByDefault(context: RoleContext<ConsumerTask>): Promise<Consumed> {
  return consumeAll(context, walk, {})
}

/**
 * A consuming role with the default configuration, which subscribes in a group and commits by itself.
 * Each member gets as many partitions as the others.
 */
export function consumeInGroup(context: RoleContext<ConsumerTask>): Promise<Consumed> {
  return consumeAll(context, walk, { groupId: GROUP })
}

/** Consumes the laps of the warm-up, and what is timed. */
export async function consumeAll(
  context: RoleContext<ConsumerTask>,
  takeIn: TakeIn,
  config: ConsumerConfig = { maxPollRecords: Infinity },
  isWatched = false,
): Promise<Consumed> {
  const { partitions, producers, lapRecords, timedRecords } = context.data
  const client = await connect()
  const consumer = new Consumer(client, {
    ...config,
    waitStrategy: context.parameters['wait'] as WaitStrategy,
  })
  if (config.groupId === GROUP) await join(consumer, partitions[0]!.topic, partitions.length)
  else await consumer.assign(partitions)
  const checker = new StampChecker(ValueSizes.of(context.parameters), producers)
  const consumeMore = async (count: number): Promise<void> => {
    const end = checker.count + count
    while (checker.count < end) {
      takeIn(await consumer.poll(), checker, consumer)
      context.progress(checker.count)
    }
  }
  await context.sync('assigned')
  await context.warmUp(() => consumeMore(lapRecords))
  const warmUp = checker.tally
  const heap = isWatched ? new HeapWatch() : null
  await context.sync(WARM)
  await consumeMore(timedRecords)
  const finishedAtMs = context.nowMs()
  const growth = heap === null ? {} : { heap: heap.growthOver(timedRecords) }
  const tally = checker.tallySince(warmUp)
  await client.close()
  return { tally, finishedAtMs, ...growth }
}

/** Subscribes, and polls until it has so many partitions: until members that come later have what is theirs. */
export async function join(consumer: Consumer, topic: string, partitions: number): Promise<void> {
  await consumer.subscribe([topic])
  while (consumer.assignment().length !== partitions) {
    const { count } = await consumer.poll({ timeoutMs: 1 })
    if (count > 0) throw new Error('a record came before any was sent')
  }
}
