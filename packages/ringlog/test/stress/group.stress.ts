import { SEED, seededRandom, STRESS_MS } from '@ringlog/test-kit'
import { Broker, Producer } from 'ringlog'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { GroupLedger } from './group-ledger.ts'
import type { MemberData } from './group-member.worker.ts'

const TOPIC = 'orders'
const PARTITIONS = 4
const GROUP = 'billing'

/** A member in a thread of its own. */
interface RunningMember {
  readonly worker: Worker
  readonly number: number
  readonly stop: Int32Array
  /** What it posted that is neither of the words that it should. */
  wrong: string | null
}

/**
 * Members poll, iterate and block, commit by themselves or by hand; they join, leave, and are killed in
 * the middle of anything, while rings of 64 KiB are full again and again. Outcomes:
 *
 * | outcome                                                          |            |
 * |------------------------------------------------------------------|------------|
 * | a record is given once                                           | acceptable |
 * | a record is given again, after a member was killed or stuck      | acceptable |
 * | a record is never given                                          | FORBIDDEN  |
 * | records of a partition out of order, or with a gap, to one owner | FORBIDDEN  |
 * | a partition with two owners, of which none is dead or stuck      | FORBIDDEN  |
 * | a member that is never stuck loses its partitions                | FORBIDDEN  |
 */
test.each([
  { name: 'are killed and replaced', killed: true, isStuck: false },
  { name: 'leave and are replaced', killed: false, isStuck: false },
  { name: 'are stuck now and then', killed: false, isStuck: true },
])(`members that $name get every record, in order (seed ${SEED})`, async ({ killed, isStuck }) => {
  const random = seededRandom(SEED)
  const broker = await Broker.start()
  onTestFinished(() => broker.close({ timeoutMs: 1_000 }))
  await broker.createTopic(TOPIC, {
    partitions: PARTITIONS,
    ringBytes: 64 * 1024,
    gatingGroups: [GROUP],
  })
  const ledger = new GroupLedger(PARTITIONS)
  const members = new Set<RunningMember>()
  let memberCount = 0

  async function startMember(): Promise<void> {
    const number = ++memberCount
    const stop = new SharedArrayBuffer(4)
    const manners = ['poll', 'pollSync', 'iterate'] as const
    const workerData: MemberData = {
      address: broker.address,
      topic: TOPIC,
      partitions: PARTITIONS,
      ledger: ledger.memory,
      number,
      seed: SEED + number,
      config: {
        groupId: GROUP,
        clientId: `member-${number}`,
        autoCommit: random() < 0.6,
        maxPollIntervalMs: isStuck ? 500 : 300_000,
      },
      isStuck,
      manner: manners[Math.floor(random() * 3)]!,
      stop,
    }
    const worker = new Worker(new URL('./group-member.worker.ts', import.meta.url), { workerData })
    const member: RunningMember = { worker, number, stop: new Int32Array(stop), wrong: null }
    worker.on('message', (message: string) => {
      if (message !== 'subscribed' && message !== 'closed') member.wrong = message
    })
    worker.on('error', (error) => (member.wrong = String(error)))
    members.add(member)
    await once(worker, 'message')
  }

  async function endMember(member: RunningMember, isKilled: boolean): Promise<void> {
    members.delete(member)
    const exited = once(member.worker, 'exit')
    if (isKilled) {
      ledger.end(member.number)
      await member.worker.terminate()
    } else {
      Atomics.store(member.stop, 0, 1)
    }
    await exited
    expect(member.wrong).toBeNull()
  }

  const producer = new Producer(broker, { batchSizeBytes: 2_000 })
  const sent: number[] = Array.from({ length: PARTITIONS }, () => 0)
  const end = { isOver: false }
  const producing = (async () => {
    while (!end.isOver) {
      const partition = Math.floor(random() * PARTITIONS)
      const count = 1 + Math.floor(random() * 40)
      for (let i = 0; i < count; i++) {
        const value = `${sent[partition]} ${'x'.repeat(random() * 300)}`
        sent[partition]!++
        if (!producer.write({ topic: TOPIC, partition, value })) await producer.drained()
      }
      if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 3))
    }
    await producer.flush()
  })()

  await startMember()
  const untilMs = performance.now() + STRESS_MS
  const sentCount = (): number => sent.reduce((sum, count) => sum + count, 0)
  // On a machine that is busy with other things it takes longer until something has happened.
  while (performance.now() < untilMs || sentCount() <= 300) {
    if (members.size < 2 || (members.size < 4 && random() < 0.5)) await startMember()
    else {
      const [...running] = members
      await endMember(running[Math.floor(random() * running.length)]!, killed && random() < 0.7)
    }
    await new Promise((resolve) => setTimeout(resolve, random() * 40))
    for (const { wrong } of members) expect(wrong).toBeNull()
  }
  end.isOver = true
  if (members.size === 0) await startMember()
  await producing
  await expect
    .poll(async () => (await broker.offsets(TOPIC, GROUP)).map(({ lag }) => lag), {
      timeout: 30_000,
      interval: 20,
    })
    .toEqual(sent.map(() => 0))
  await Promise.all([...members].map((member) => endMember(member, false)))
  await producer.close()

  const offsets = await broker.offsets(TOPIC, GROUP)
  expect(offsets.map(({ committed }) => committed)).toEqual(sent)
  let again = 0
  for (const [partition, count] of sent.entries()) {
    for (let offset = 0; offset < count; offset++) {
      const given = ledger.given(partition, offset)
      if (given === 0) throw new Error(`record ${offset} of partition ${partition} was never given`)
      if (given > 1) again++
    }
  }
  if (!killed && !isStuck) expect(again).toBe(0)
  expect(sentCount()).toBeGreaterThan(300)
})
