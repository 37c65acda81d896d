import { expect, test } from 'vitest'
import {
  requestedTopic,
  resolvedConfig,
  type ClusterTopicConfig,
} from '../../src/admin/topic-configs.ts'

test.each<[string, unknown, RegExp]>([
  ['more replicas than a request can name', { replicationFactor: 40_000 }, /replicationFactor/],
  ['a config that is no text', { configs: { 'segment.bytes': 5 } }, /configs .* each a string/],
  ['a config that is nothing', { configs: { 'segment.bytes': null } }, /configs .* each a string/],
  ['configs in a list', { configs: ['segment.bytes'] }, /configs .* each a string/],
])('%s is refused before the cluster is asked', (_, config, message) => {
  expect(() => requestedTopic(config as ClusterTopicConfig)).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringMatching(message) }),
  )
})

test('more partitions than a request can name are none', () => {
  expect(() => requestedTopic({ partitions: 2 ** 31 })).toThrow(
    expect.objectContaining({ code: 'INVALID_PARTITIONS' }),
  )
})

test('a topic without a policy has none', () => {
  const { cleanupPolicy } = resolvedConfig(1, new Map([['cleanup.policy', '']]))
  expect(cleanupPolicy).toEqual([])
})
