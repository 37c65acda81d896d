import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import type { ComingAndGoingData } from './coming-and-going.worker.ts'
import { Rig } from './rig.ts'

/** What a dead client left is gone after so long, whatever was under way. */
const GONE_WITHIN_MS = 1_000
const THREADS = 24
const AT_A_TIME = 4

test('threads that end wherever they are leave nothing behind', async () => {
  const rig = await Rig.start('rpc')
  const workerData: ComingAndGoingData = { address: rig.broker.address, topic: rig.topic }
  const comeAndGo = async (_: unknown, thread: number): Promise<void> => {
    const file = new URL('./coming-and-going.worker.ts', import.meta.url)
    const worker = new Worker(file, { workerData })
    await once(worker, 'message')
    // A little later in each thread: so the ends are spread over all that is going on.
    const endsAtMs = performance.now() + thread * 0.5
    while (performance.now() < endsAtMs) await new Promise((resolve) => setImmediate(resolve))
    await worker.terminate()
  }
  for (let started = 0; started < THREADS; started += AT_A_TIME) {
    const threads = Array.from({ length: AT_A_TIME }, (_, i) => started + i)
    await Promise.all(threads.map(comeAndGo))
  }

  const left = async (): Promise<object> => {
    const { clientCount, topics } = await rig.broker.metrics()
    const { readerCount, producerCount } = topics[0]!.partitions[0]!
    const groups = await rig.broker.listGroups()
    const described = await Promise.all(groups.map((group) => rig.broker.describeGroup(group)))
    const owners = described.flatMap(({ partitions }) =>
      partitions.filter(({ memberId }) => memberId !== null),
    )
    const memberCount = described.reduce((sum, { members }) => sum + members.length, 0)
    return { clientCount, readerCount, producerCount, owners, memberCount }
  }
  const untilMs = performance.now() + GONE_WITHIN_MS
  const nothing = { clientCount: 1, readerCount: 0, producerCount: 0, owners: [], memberCount: 0 }
  let found = await left()
  while (JSON.stringify(found) !== JSON.stringify(nothing) && performance.now() < untilMs) {
    found = await left()
  }
  expect(found).toEqual(nothing)

  // No gate of a consumer without a group holds the ring either: only the groups do.
  const groups = await rig.broker.listGroups()
  for (const group of groups) await rig.broker.deleteGroup(group)
  const { topics } = await rig.broker.metrics()
  expect(topics[0]!.partitions[0]).toMatchObject({ gateCount: 0 })
})
