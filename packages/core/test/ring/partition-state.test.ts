import { createRingLogMemory } from '@ringlog/core'
import { PartitionStateWord } from '@ringlog/core/internal'
import { expect, test } from 'vitest'

test('readers see whether a partition is online, offline, or deleted with its topic', () => {
  const memory = createRingLogMemory(64 * 1024)
  const [written, seen] = [new PartitionStateWord(memory), new PartitionStateWord(memory)]
  expect([seen.isOffline, seen.isDeleted]).toEqual([false, false])
  written.setOffline()
  expect([seen.isOffline, seen.isDeleted]).toEqual([true, false])
  written.setOnline()
  expect([seen.isOffline, seen.isDeleted]).toEqual([false, false])
  written.setDeleted()
  expect([seen.isOffline, seen.isDeleted]).toEqual([true, true])
})
