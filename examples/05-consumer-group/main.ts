/**
 * Threads that read in one group come and go while records are written. Each change moves
 * partitions; at the end every record has been read.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Broker, Producer } from 'ringlog'

const topic = 'jobs'
const groupId = 'workers'
const PARTITIONS = [0, 1, 2, 3, 4, 5]
const RECORDS_PER_CHANGE = 1_000

await using broker = await Broker.start()
await broker.createTopic(topic, { partitions: PARTITIONS.length, gatingGroups: [groupId] })
const producer = new Producer(broker)
const members = new Map<string, { worker: Worker; held: number[] }>()
const read: number[] = []
let written = 0

function join(name: string): void {
  const url = new URL('./member.ts', import.meta.url)
  const member = {
    worker: new Worker(url, { workerData: { topic, groupId } }),
    held: [] as number[],
  }
  member.worker.on('message', (told: { held?: number[]; read?: number[] }) => {
    member.held = told.held ?? member.held
    read.push(...(told.read ?? []))
  })
  members.set(name, member)
}

async function leave(name: string): Promise<void> {
  const { worker } = members.get(name)!
  members.delete(name)
  worker.postMessage('leave')
  await once(worker, 'exit')
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    assert(performance.now() < deadline, 'waited too long')
    await sleep(5)
  }
}

/** Makes one change while records are written, and draws who owns what after it. */
async function change(what: string, make: () => void | Promise<void>): Promise<void> {
  const made = make()
  for (let i = 0; i < RECORDS_PER_CHANGE; i++) {
    if (!producer.write({ topic, value: String(written++) })) await producer.drained()
    if (i % 50 === 0) await sleep(1)
  }
  await made
  const ownersOf = (at: number) => [...members].filter(([, { held }]) => held.includes(at))
  await until(
    () =>
      PARTITIONS.every((at) => ownersOf(at).length === 1) &&
      [...members].every(([, { held }]) => held.length === PARTITIONS.length / members.size),
  )
  const owners = PARTITIONS.map((at) => ownersOf(at)[0]![0]).join(' ')
  const counts = [...members].map(([name, { held }]) => `${name} has ${held.length}`)
  console.log(`${what.padEnd(10)} ${owners}    ${counts.join(', ')}`)
}

console.log(`partition  ${PARTITIONS.join(' ')}`)
for (const name of ['a', 'b', 'c']) await change(`${name} joins`, () => join(name))
for (const name of ['a', 'c']) await change(`${name} leaves`, () => leave(name))

await producer.flush()
await until(async () => (await broker.offsets(topic, groupId)).every(({ lag }) => lag === 0))
await leave('b')
read.sort((x, y) => x - y)
assert.deepEqual(read, [...Array(written).keys()])
console.log(`\n${written} records written, ${read.length} read, each one once`)
