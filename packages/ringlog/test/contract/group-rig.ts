import {
  Consumer,
  RinglogError,
  type ConsumerConfig,
  type RebalanceListener,
  type TopicPartition,
} from 'ringlog'
import { onTestFinished } from 'vitest'
import { Rig, TRANSPORTS, type TestedTransport } from './rig.ts'

/**
 * What a group does with records does not depend on how they came: once is enough. Where it holds a
 * producer back, in `group-gating.test.ts`, all transports are tested.
 */
export const GROUP_TRANSPORTS: readonly TestedTransport[] = TRANSPORTS.filter(
  (transport) => transport !== 'rpc',
)

/** The group of all tests that need one. */
export const GROUP = 'billing'
export const kibibyte: string = 'x'.repeat(1000)
/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
export const SMALL_RING_BYTES: number = 64 * 1024

/** The ten records of the article: a … j, round robin over three partitions. */
export async function article(transport: TestedTransport): Promise<Rig> {
  const rig = await Rig.start(transport, { partitions: 3 })
  const producer = rig.producer()
  for (const value of 'abcdefghij') producer.write({ topic: rig.topic, value })
  await producer.flush()
  return rig
}

/** Produces the values 0, 1, …, round robin. */
export async function produce(rig: Rig, count: number, prefix = ''): Promise<void> {
  const producer = rig.producer()
  for (let i = 0; i < count; i++) producer.write({ topic: rig.topic, value: `${prefix}${i}` })
  await producer.flush()
  await producer.close()
}

/** Produces until the ring is full of what is held. */
export async function fill(rig: Rig, topic: string = rig.topic): Promise<void> {
  const producer = rig.producer({ maxBlockMs: 20 })
  const isTaken = (): Promise<boolean> =>
    producer.send({ topic, value: kibibyte }).then(
      () => true,
      (error: unknown) => !RinglogError.is(error, 'BUFFER_FULL'),
    )
  while (await isTaken());
}

/** `orders-0`, … sorted: what a test writes down. */
export function names(partitions: readonly TopicPartition[]): string[] {
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).sort()
}

/** A member of a group, with what its listener was told and what it was given. */
export class Member implements RebalanceListener {
  readonly consumer: Consumer
  readonly name: string
  /** `assigned orders-0,orders-1`, in the order of the calls. */
  readonly told: string[] = []
  readonly values: string[] = []
  /** Awaited within `onPartitionsRevoked`. */
  whileRevoked: () => void | Promise<void> = () => undefined

  constructor(rig: Rig, name: string, config: ConsumerConfig = {}) {
    this.name = name
    this.consumer = new Consumer(rig.broker, { groupId: GROUP, clientId: name, ...config })
    onTestFinished(() => this.consumer.close())
  }

  /** A member that has subscribed to the rig's topic. */
  static async of(rig: Rig, name: string, config: ConsumerConfig = {}): Promise<Member> {
    const member = new Member(rig, name, config)
    await member.consumer.subscribe([rig.topic], member)
    return member
  }

  onPartitionsAssigned(partitions: TopicPartition[]): void {
    this.told.push(`assigned ${names(partitions).join()}`)
  }

  async onPartitionsRevoked(partitions: TopicPartition[]): Promise<void> {
    this.told.push(`revoked ${names(partitions).join()}`)
    await this.whileRevoked()
  }

  onPartitionsLost(partitions: TopicPartition[]): void {
    this.told.push(`lost ${names(partitions).join()}`)
  }

  /** The partitions of all calls of one kind. */
  toldOf(kind: 'assigned' | 'revoked' | 'lost'): string[] {
    return this.told
      .filter((told) => told.startsWith(`${kind} `))
      .flatMap((told) => told.slice(kind.length + 1).split(','))
      .sort()
  }

  get assignment(): string[] {
    return names(this.consumer.assignment())
  }

  /** Without a timeout it waits until records come. */
  async poll(timeoutMs?: number): Promise<number> {
    const records = await this.consumer.poll(timeoutMs === undefined ? {} : { timeoutMs })
    for (const { value } of records) this.values.push(String(value))
    return records.count
  }
}

/**
 * Polls until a listener is called within a poll, and gives that: a poll that has records hands them out where its
 * member has not heard of a rebalance yet.
 */
export async function pollUntilCalled<Polled>(
  poll: () => Promise<Polled>,
  called: Promise<void>,
): Promise<{ readonly polling: Promise<Polled> }> {
  for (;;) {
    const polling = poll()
    const isCalled = called.then(() => true)
    if (await Promise.race([isCalled, polling.then(() => false)])) return { polling }
  }
}

/** Lets members poll in turn until something holds; fails where it does not within 10 s. */
export async function pollUntil(
  members: readonly Member[],
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const untilMs = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > untilMs) {
      const state = members.map(({ name, assignment, told }) => ({ name, assignment, told }))
      throw new Error(`it did not come to that: ${JSON.stringify(state)}`)
    }
    for (const member of members) await member.poll(1)
  }
}
