import { RinglogError, type TopicConfig } from '@ringlog/core'
import { PartitionCountWord, monotonicMs } from '@ringlog/core/internal'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TopicRegistry, type TopicChange } from '../../../src/controller/topic/topic-registry.ts'
import { silentListener } from './silent-listener.ts'

const SMALL: TopicConfig = { ringBytes: 64 * 1024 }
const SESSION = {}
const CLOSED = new RinglogError('BROKER_CLOSED')

/** A registry in this thread, with real partition workers. */
function openRegistry(maxPartitions = 16): { topics: TopicRegistry; changes: string[] } {
  const changes: string[] = []
  const topics = new TopicRegistry(
    maxPartitions,
    {
      ...silentListener,
      registerGatingGroups: async (groupIds, partitions) => {
        const numbers = partitions.map(({ partition }) => partition)
        changes.push(`${groupIds.join(',')} hold ${numbers.join(',')}`)
        if (groupIds.includes('broken')) throw new RinglogError('WORKER_CRASHED')
      },
    },
    { limits: { maxRestarts: 0, restartWindowMs: 60_000 }, dataDirectory: null },
  )
  topics.onChanged(({ type, topic, partitions }: TopicChange) => {
    changes.push(`${type} ${topic} ${partitions.map(({ partition }) => partition).join(',')}`)
  })
  onTestFinished(() => topics.close(monotonicMs() + 5_000, CLOSED))
  return { topics, changes }
}

async function countWordOf(topics: TopicRegistry, topic: string): Promise<PartitionCountWord> {
  const { partitionCountWord } = await topics.metadata(topic, 0, SESSION)
  return new PartitionCountWord(partitionCountWord)
}

describe('the topics of a broker', () => {
  test('tell those who follow them what was created, added and deleted', async () => {
    const { topics, changes } = openRegistry()
    const stop = topics.onChanged(({ config }) => changes.push(`partitions=${config.partitions}`))
    await topics.create('orders', { ...SMALL, partitions: 2 })
    await topics.createPartitions('orders', 4)
    await topics.delete('orders')
    stop()
    await topics.create('orders', SMALL)
    expect(changes).toEqual([
      'created orders 0,1',
      'partitions=2',
      'partitionsAdded orders 2,3',
      'partitions=4',
      'deleted orders 0,1,2,3',
      'partitions=4',
      'created orders 0',
    ])
  })

  test('grow, and say so to all who look at the word', async () => {
    const { topics } = openRegistry()
    await topics.create('orders', { ...SMALL, partitions: 2 })
    const word = await countWordOf(topics, 'orders')
    expect(word.count).toBe(2)
    await topics.createPartitions('orders', 5)
    expect(word.count).toBe(5)
    const description = topics.topic('orders').description()
    expect(description.config.partitions).toBe(5)
    expect(description.partitions).toEqual(
      [0, 1, 2, 3, 4].map((partition) => ({ partition, state: 'online' })),
    )
    expect(await topics.metadata('orders', 0, SESSION)).toMatchObject({ partitionCount: 5 })
  })

  test('grow one change after the other', async () => {
    const { topics, changes } = openRegistry()
    await topics.create('orders', SMALL)
    const outcomes = await Promise.allSettled([
      topics.createPartitions('orders', 3),
      topics.createPartitions('orders', 2),
      topics.createPartitions('orders', 4),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'INVALID_PARTITIONS' } })
    expect(changes.slice(1)).toEqual(['partitionsAdded orders 1,2', 'partitionsAdded orders 3'])
  })

  test('are held by their gating groups before anyone knows of a partition', async () => {
    const { topics, changes } = openRegistry()
    await topics.create('orders', { ...SMALL, gatingGroups: ['billing', 'audit'] })
    await topics.createPartitions('orders', 3)
    expect(changes).toEqual([
      'billing,audit hold 0',
      'created orders 0',
      'billing,audit hold 1,2',
      'partitionsAdded orders 1,2',
    ])
    await expect(topics.create('others', { ...SMALL, gatingGroups: ['broken'] })).rejects.toThrow()
    expect(topics.list()).toEqual(['orders'])
  })

  test('stay within the limit of the broker, and free it again', async () => {
    const { topics } = openRegistry(4)
    await topics.create('a', { ...SMALL, partitions: 2 })
    await topics.create('b', SMALL)
    await expect(topics.createPartitions('b', 3)).rejects.toMatchObject({
      code: 'INVALID_PARTITIONS',
    })
    await expect(topics.create('c', { ...SMALL, partitions: 2 })).rejects.toMatchObject({
      code: 'INVALID_PARTITIONS',
    })
    await topics.delete('a')
    await topics.createPartitions('b', 4)
    await expect(topics.create('c', SMALL)).rejects.toMatchObject({
      code: 'INVALID_PARTITIONS',
      message: 'the broker has all the partitions that its maxPartitions allows',
    })
  })

  test('are as they were when a worker does not start', async () => {
    const { topics, changes } = openRegistry(4)
    await topics.create('orders', SMALL)
    process.once('worker', (worker) => void worker.terminate())
    await expect(topics.createPartitions('orders', 3)).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
    })
    expect(topics.topic('orders').partitions).toHaveLength(1)
    expect((await countWordOf(topics, 'orders')).count).toBe(1)
    expect(changes).toEqual(['created orders 0'])
    await topics.createPartitions('orders', 4) // what failed counts no more
  })

  test('are unknown once deleted, and the word of the old one says so for good', async () => {
    const { topics } = openRegistry()
    await topics.create('orders', { ...SMALL, partitions: 2 })
    const word = await countWordOf(topics, 'orders')
    const partition = topics.partition({ topic: 'orders', partition: 1 })
    await topics.delete('orders')
    expect(word.count).toBe(-1)
    expect(partition.stateWord.isDeleted).toBe(true)
    expect(partition.worker.isOnline).toBe(false)
    await partition.worker.ended
    expect(topics.list()).toEqual([])
    for (const call of [
      () => topics.delete('orders'),
      () => topics.createPartitions('orders', 5),
      async () => topics.topic('orders'),
      () => topics.metadata('orders', 0, SESSION),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    }
    await topics.create('orders', SMALL)
    expect(word.count).toBe(-1)
    expect((await countWordOf(topics, 'orders')).count).toBe(1)
  })

  test('are deleted once, after what was asked before', async () => {
    const { topics, changes } = openRegistry()
    await topics.create('orders', SMALL)
    const outcomes = await Promise.allSettled([
      topics.createPartitions('orders', 2),
      topics.delete('orders'),
      topics.delete('orders'),
      topics.createPartitions('orders', 3),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ])
    for (const outcome of outcomes.slice(2)) {
      expect(outcome).toMatchObject({
        reason: { code: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'topic orders was deleted' },
      })
    }
    expect(changes.at(-1)).toBe('deleted orders 0,1')
  })

  test('leave nothing behind in the controller when they are deleted', async () => {
    const { topics } = openRegistry()
    const used = async (): Promise<WeakRef<SharedArrayBuffer>> => {
      await topics.create('orders', SMALL)
      const memory = new WeakRef(topics.partition({ topic: 'orders', partition: 0 }).memory)
      await topics.delete('orders')
      return memory
    }
    const memory = await used()
    for (let turn = 0; turn < 100 && memory.deref() !== undefined; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      globalThis.gc!()
    }
    expect(memory.deref()).toBeUndefined()
  })

  test('tell whoever waited for one when it is there, and are waited for no longer than asked', async () => {
    const { topics } = openRegistry()
    const waiting = topics.metadata('orders', monotonicMs() + 60_000, SESSION)
    await expect(topics.metadata('others', monotonicMs() + 10, SESSION)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: 'there is no topic others',
    })
    await topics.create('orders', { ...SMALL, partitions: 2 })
    expect(await waiting).toMatchObject({ topic: 'orders', partitionCount: 2 })
  })

  test('are waited for by nobody whose session is over', async () => {
    const { topics } = openRegistry()
    const session = {}
    const deadlineMs = monotonicMs() + 60_000
    const gone = topics.metadata('orders', deadlineMs, session)
    const waiting = topics.metadata('orders', deadlineMs, SESSION)
    topics.sessionEnded(session)
    await expect(gone).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    await topics.create('orders', SMALL)
    expect(await waiting).toMatchObject({ topic: 'orders' })
  })

  test('that were starting when the broker closed do not live on', async () => {
    const { topics, changes } = openRegistry()
    const creating = topics.create('orders', { ...SMALL, partitions: 12 })
    const late = topics.metadata('others', monotonicMs() + 60_000, SESSION)
    const refused = Promise.all([
      expect(creating).rejects.toMatchObject({ code: 'BROKER_CLOSED' }),
      expect(late).rejects.toMatchObject({ code: 'BROKER_CLOSED' }),
    ])
    await topics.close(monotonicMs() + 5_000, CLOSED)
    await refused
    expect(topics.list()).toEqual([])
    expect(changes).toEqual([])
    await expect(topics.create('later', SMALL)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
  })

  test.each([-1, 1, 0.5, NaN, 'length', null])('have no partition %s', async (partition) => {
    const { topics } = openRegistry()
    await topics.create('orders', SMALL)
    const at = { topic: 'orders', partition: partition as number }
    expect(() => topics.partition(at)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_TOPIC_OR_PARTITION' }),
    )
  })
})
