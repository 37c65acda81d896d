import { RinglogError } from '@ringlog/core'
import { monotonicMs, resolveTopicConfig } from '@ringlog/core/internal'
import { expect, onTestFinished, test } from 'vitest'
import type { DataDirectory } from '../../../src/controller/storage/data-directory.ts'
import { TopicRegistry } from '../../../src/controller/topic/topic-registry.ts'
import { silentListener } from './silent-listener.ts'

const CONFIG = resolveTopicConfig({ ringBytes: 64 * 1024, partitions: 2 }, 2, 'disk')

/** Topics of a directory that notes what it is told, and has no files. */
function openTopics(filesOf: () => never): { topics: TopicRegistry; calls: string[] } {
  const calls: string[] = []
  const dataDirectory = {
    assertNotOwn: () => undefined,
    filesOf,
    writeTopic: async (_id: string, topic: string, _config: unknown, state = 'active') => {
      calls.push(`${topic} is ${state}`)
    },
    deleteFiles: async (topicId: string, topic: string, partitions: number) => {
      calls.push(`${partitions} partitions of ${topic}, ${topicId.slice(0, 3)}, are deleted`)
    },
  } as unknown as DataDirectory
  const topics = new TopicRegistry(
    8,
    { ...silentListener, forgetOffsets: async () => void calls.push('commits are forgotten') },
    { limits: { maxRestarts: 0, restartWindowMs: 60_000 }, dataDirectory },
  )
  onTestFinished(() => topics.close(monotonicMs() + 1_000, new RinglogError('BROKER_CLOSED')))
  return { topics, calls }
}

function unused(): never {
  throw new Error('no files are opened')
}

test('a start finishes the deletion of a topic that a former broker had begun', async () => {
  const { topics, calls } = openTopics(unused)
  const [topic, topicId] = ['orders', 'abcdef']
  await topics.recover([{ type: 'topic', topicId, topic, state: 'deleting', config: CONFIG }])
  expect(calls).toEqual(['2 partitions of orders, abc, are deleted'])
  expect(topics.list()).toEqual([])
})

test('a topic whose files cannot be made leaves none, nor a record of it', async () => {
  const { topics, calls } = openTopics(() => {
    throw new RinglogError('KAFKA_STORAGE_ERROR', 'too many open files')
  })
  const created = topics.create('orders', { ringBytes: 64 * 1024, partitions: 2 })
  await expect(created).rejects.toMatchObject({ code: 'KAFKA_STORAGE_ERROR' })
  expect(calls.map((call) => call.replace(/, [-0-9a-f]{3},/, ','))).toEqual([
    'orders is active',
    'orders is deleting',
    'commits are forgotten',
    '2 partitions of orders, are deleted',
  ])
  expect(topics.list()).toEqual([])
})
