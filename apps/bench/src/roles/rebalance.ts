import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, Producer, connect, type LogClient } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'
import type { Delivery, MemberReport } from './rebalance-deliveries.ts'

export const REBALANCE_TOPIC = 'bench'
export const REBALANCE_GROUP = 'bench'
export const PARTITIONS = 64
export const MEMBERS = 8
/** Every partition gets a record so often. */
const TICK_MS = 20
/** Every member polls so often at the least. */
const POLL_MS = 10
/** How long the last member stays, and stays away. */
const STAY_MS = 250

const VALUE_BYTES = 100
/** Where a value has the time at which it was written: a float64. */
const WRITTEN_AT_BYTE = 8

/** Int32: what the threads have been told. */
const IS_PRODUCING_OVER = 0
export const IS_CONSUMING_OVER = 1

export interface RebalanceTask {
  readonly words: SharedArrayBuffer
}

/** A consumer that writes down what it was given, when, and when it had to let go. */
class Member {
  readonly #context: RoleContext
  readonly #client: LogClient
  readonly #report: MemberReport
  readonly #open = new Map<number, Delivery>()
  #consumer: Consumer | null = null

  constructor(context: RoleContext, client: LogClient, report: MemberReport) {
    this.#context = context
    this.#client = client
    this.#report = report
  }

  async join(): Promise<void> {
    this.#consumer = new Consumer(this.#client, { groupId: REBALANCE_GROUP })
    await this.#consumer.subscribe([REBALANCE_TOPIC], {
      onPartitionsRevoked: (partitions) => {
        const atMs = this.#context.nowMs()
        for (const { partition } of partitions) this.#end(partition, atMs)
      },
      onPartitionsLost: (partitions) => {
        throw new Error(`${partitions.length} partitions were lost`)
      },
    })
  }

  async poll(): Promise<void> {
    const consumer = this.#consumer!
    const cursor = consumer.cursor(await consumer.poll({ timeoutMs: POLL_MS }))
    const nowMs = this.#context.nowMs()
    while (cursor.next()) {
      const { bytes, valueStart, partition, offset } = cursor
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      const sequence = view.getUint32(valueStart, true)
      if (sequence !== offset * PARTITIONS + partition) {
        throw new Error(`partition ${partition}, offset ${offset}: got record ${sequence}`)
      }
      const writtenAtMs = view.getFloat64(valueStart + WRITTEN_AT_BYTE, true)
      this.#take(partition, offset, nowMs, writtenAtMs)
    }
  }

  async pollUntil(over: Promise<void>): Promise<void> {
    const state = { isOver: false }
    const watching = over.then(() => void (state.isOver = true))
    while (!state.isOver) await this.poll()
    await watching
  }

  hasItsShare(): boolean {
    return this.#consumer!.assignment().length === PARTITIONS / MEMBERS
  }

  async leave(): Promise<void> {
    await this.#consumer!.close()
    for (const partition of this.#open.keys()) this.#end(partition, null)
  }

  #take(partition: number, offset: number, nowMs: number, writtenAtMs: number): void {
    const delivery = this.#open.get(partition)
    if (delivery === undefined) {
      const opened: Delivery = {
        partition,
        firstOffset: offset,
        nextOffset: offset + 1,
        firstWrittenAtMs: writtenAtMs,
        firstAtMs: nowMs,
        lastAtMs: nowMs,
        revokedAtMs: null,
        longestGapMs: 0,
      }
      this.#open.set(partition, opened)
      this.#report.deliveries.push(opened)
      return
    }
    if (offset !== delivery.nextOffset) {
      throw new Error(`partition ${partition}: ${offset} came in place of ${delivery.nextOffset}`)
    }
    delivery.nextOffset++
    delivery.longestGapMs = Math.max(delivery.longestGapMs, nowMs - delivery.lastAtMs)
    delivery.lastAtMs = nowMs
  }

  #end(partition: number, revokedAtMs: number | null): void {
    const delivery = this.#open.get(partition)
    if (delivery !== undefined) delivery.revokedAtMs = revokedAtMs
    this.#open.delete(partition)
  }
}

/** A record to each partition at every tick. */
export async function produceTicks(context: RoleContext<RebalanceTask>): Promise<number> {
  const words = new Int32Array(context.data.words)
  const client = await connect()
  const producer = new Producer(client)
  const value = patternValue(VALUE_BYTES, 0)
  const writtenAt = new DataView(value.buffer)
  let sequence = 0
  const tick = async (): Promise<void> => {
    writtenAt.setFloat64(WRITTEN_AT_BYTE, context.nowMs(), true)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      stamp(value, sequence++)
      if (!producer.write({ topic: REBALANCE_TOPIC, partition, value })) await producer.drained()
    }
  }
  await context.sync(WARM)
  while (Atomics.load(words, IS_PRODUCING_OVER) === 0) {
    await sleep(TICK_MS)
    await tick()
  }
  await producer.flush()
  await client.close()
  return sequence
}

/** A member that stays. */
export async function stay(context: RoleContext<RebalanceTask>): Promise<MemberReport> {
  const words = new Int32Array(context.data.words)
  const report: MemberReport = { isGuest: false, deliveries: [] }
  const client = await connect()
  const member = new Member(context, client, report)
  await member.join()
  while (!member.hasItsShare()) await member.poll()
  await member.pollUntil(context.sync(WARM))
  while (Atomics.load(words, IS_CONSUMING_OVER) === 0) await member.poll()
  await member.leave()
  await client.close()
  return report
}

/** The member that leaves and joins, again and again. */
export async function comeAndGo(context: RoleContext<RebalanceTask>): Promise<MemberReport> {
  const words = new Int32Array(context.data.words)
  const report: MemberReport = { isGuest: true, deliveries: [] }
  const client = await connect()
  const member = new Member(context, client, report)
  const pollFor = async (ms: number): Promise<void> => {
    const endMs = context.nowMs() + ms
    while (context.nowMs() < endMs || !member.hasItsShare()) await member.poll()
  }
  await member.join()
  await pollFor(0)
  await member.pollUntil(context.sync(WARM))
  const endMs = context.nowMs() + context.number('durationMs')
  do {
    await pollFor(STAY_MS)
    await member.leave()
    await sleep(STAY_MS)
    await member.join()
  } while (context.nowMs() < endMs)
  await pollFor(STAY_MS)
  Atomics.store(words, IS_PRODUCING_OVER, 1)
  while (Atomics.load(words, IS_CONSUMING_OVER) === 0) await member.poll()
  await member.leave()
  await client.close()
  return report
}
