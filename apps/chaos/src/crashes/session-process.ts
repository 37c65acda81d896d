/** A process that works on a data directory until it is killed, and tells what it has seen in a file. */
import { openSync, writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import {
  Broker,
  Consumer,
  Producer,
  RinglogError,
  type ConsumerRecord,
  type ConsumerRecords,
} from 'ringlog'
import { Random } from '../programs/random.ts'
import {
  COMMITTED,
  CRASH_GROUP,
  CRASH_TOPIC,
  READY,
  keyOf,
  type SessionEvent,
  type SessionTask,
} from './session-event.ts'

const MAX_UNACKNOWLEDGED = 200
const MAX_VALUE_BYTES = 2_000

let eventsFile = -1

/** The system has it before this returns: a process that is killed afterwards has told it. */
function tell(event: SessionEvent): void {
  writeSync(eventsFile, `${JSON.stringify(event)}\n`)
}

const nameOf = (value: Buffer): string => value.toString('latin1', 0, value.indexOf(0x20))

/** Says how a partition's log and group are; gives where it begins and ends. */
async function tellBegan(
  broker: Broker,
  partition: number,
): Promise<{ start: number; end: number }> {
  const states = await broker.offsets(CRASH_TOPIC, CRASH_GROUP)
  const state = states.find((each) => each.partition === partition)
  const { logStartOffset: start, endOffset: end, committed } = state!
  tell({ type: 'began', partition, start, end, committed })
  return { start, end }
}

/** Says what lies in a partition's log from an offset on. */
async function tellFound(broker: Broker, task: SessionTask, partition: number): Promise<void> {
  const at = { topic: CRASH_TOPIC, partition }
  const { start, end } = await tellBegan(broker, partition)
  await using reader = new Consumer(broker, { gating: false, maxPollRecords: Infinity })
  await reader.assign([at])
  let next = Math.max(task.from[partition]!, start)
  reader.seek(at, next)
  while (reader.position(at) < end) {
    const records = (await reader.poll({ timeoutMs: 100 })).records(at)
    const first = records[0]
    if (first === undefined) continue
    // Retention may take away what is about to be read.
    const isMissing = first.offset !== next && !task.compacts
    if (isMissing && first.offset > (await tellBegan(broker, partition)).start) {
      tell({ type: 'complaint', message: `offset ${first.offset} came where ${next} was next` })
    }
    for (const found of runsOf(records)) tell({ type: 'found', partition, ...found })
    next = records.at(-1)!.offset + 1
  }
  tell({ type: 'foundAll', partition })
}

/** Records whose offsets follow each other, together. */
function runsOf(records: readonly ConsumerRecord[]): Array<{ from: number; names: string[] }> {
  const runs: Array<{ from: number; names: string[] }> = []
  for (const { offset, value } of records) {
    const last = runs.at(-1)
    const name = nameOf(value!)
    if (last !== undefined && last.from + last.names.length === offset) last.names.push(name)
    else runs.push({ from: offset, names: [name] })
  }
  return runs
}

/** Sends to all partitions by turns, and says what is acknowledged. */
async function produce(broker: Broker, task: SessionTask, index: number): Promise<never> {
  const random = Random.of(task.seed, 100 * task.session + index)
  const transport = index % 2 === 0 ? 'shared' : 'rpc'
  const batchSizeBytes = random.pick([512, 4_096, 65_536])
  const producer = new Producer(broker, { transport, batchSizeBytes })
  const unacknowledged = new Set<string>()
  for (let number = 0; ; number++) {
    const partition = random.integer(0, task.partitions - 1)
    const name = `${task.session}.${index}.${number}`
    const value = `${name} ${'x'.repeat(random.integer(0, MAX_VALUE_BYTES))}`
    tell({ type: 'sent', partition, name })
    unacknowledged.add(name)
    producer.send({ topic: CRASH_TOPIC, partition, key: String(keyOf(name)), value }).then(
      ({ offset }) => {
        unacknowledged.delete(name)
        tell({ type: 'acknowledged', partition, offset, name })
      },
      (error: unknown) => tell({ type: 'complaint', message: `${name} failed: ${String(error)}` }),
    )
    if (random.chance(0.02)) await setTimeout(1)
    while (unacknowledged.size > MAX_UNACKNOWLEDGED) await setTimeout(1)
  }
}

/** Joins as a group of one: from then on nothing is deleted that the group has not committed. */
async function joinGroup(broker: Broker): Promise<Consumer> {
  const consumer = new Consumer(broker, { groupId: CRASH_GROUP, autoCommit: false })
  await consumer.subscribe([CRASH_TOPIC])
  while (consumer.assignment().length === 0) tellHanded(await consumer.poll({ timeoutMs: 10 }))
  return consumer
}

/** Polls and commits. */
async function consume(consumer: Consumer, task: SessionTask): Promise<never> {
  const random = Random.of(task.seed, 100 * task.session + 99)
  let hasCommitted = false
  for (;;) {
    const records = await consumer.poll()
    tellHanded(records)
    if (!random.chance(0.3)) continue
    const offsets = consumer.assignment().map((at) => ({ ...at, offset: consumer.position(at) }))
    for (const { partition, offset } of offsets) tell({ type: 'committing', partition, offset })
    try {
      await consumer.commit()
      for (const { partition, offset } of offsets) {
        tell({ type: 'committed', partition, offset })
        committed[partition] = offset
      }
      if (!hasCommitted) process.send!(COMMITTED)
      hasCommitted = true
    } catch (error) {
      if (!RinglogError.is(error, 'STALE_MEMBER_EPOCH')) throw error
    }
  }
}

/** What the group has committed in this session, by partition. */
const committed: number[] = []

/** Deletes what the group has committed, or some of it. */
async function deleteRecords(broker: Broker, task: SessionTask): Promise<never> {
  const random = Random.of(task.seed, 100 * task.session + 98)
  for (;;) {
    await setTimeout(random.integer(1, 100))
    const partition = random.integer(0, task.partitions - 1)
    const offset = random.integer(0, committed[partition] ?? 0)
    await broker.deleteRecords({ topic: CRASH_TOPIC, partition }, offset)
    tell({ type: 'deleted', partition, offset })
  }
}

function tellHanded(records: ConsumerRecords): void {
  for (const at of records.partitions) {
    const list = records.records(at)
    const [first, last] = [list[0]!.offset, list.at(-1)!.offset]
    tell({ type: 'handed', partition: at.partition, first, last })
  }
}

async function run(task: SessionTask): Promise<void> {
  const broker = await Broker.start({
    dataDirectory: task.dataDirectory,
    onError: (error) => {
      // What was being written when the process was killed is cut off, and never was acknowledged.
      if (error.code === 'LOG_TRUNCATED') return
      tell({ type: 'complaint', message: `onError: ${error.message}` })
    },
  })
  const { partitions, flushMessages, deletes, compacts } = task
  if (!(await broker.listTopics()).includes(CRASH_TOPIC)) {
    await broker.createTopic(CRASH_TOPIC, {
      partitions,
      ringBytes: 64 * 1024 * 4,
      segmentBytes: 1024 * 1024,
      ...(flushMessages === null ? {} : { flushMessages }),
      ...(compacts ? { cleanupPolicy: 'compact', minCleanableDirtyRatio: 0.1 } : {}),
      ...(deletes ? { retentionBytes: 2 * 1024 * 1024, retentionHeldBy: 'groups' } : {}),
    })
  }
  for (let partition = 0; partition < partitions; partition++) {
    await tellFound(broker, task, partition)
  }
  const consumer = await joinGroup(broker)
  const working = [0, 1, 2].map((index) => produce(broker, task, index))
  working.push(consume(consumer, task))
  if (deletes) working.push(deleteRecords(broker, task))
  process.send!(READY)
  await Promise.all(working)
}

process.once('message', (task: SessionTask) => {
  // Whoever started it may be interrupted: nothing of a session stays behind then.
  process.once('disconnect', () => process.exit())
  eventsFile = openSync(task.eventsFile, 'w')
  run(task).catch((error: unknown) => {
    tell({ type: 'complaint', message: error instanceof Error ? error.stack! : String(error) })
    process.exit(1)
  })
})
