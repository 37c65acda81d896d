import { RinglogError } from '@ringlog/core'
import { VirtualClock } from '@ringlog/core/testing'
import type { MetadataRecord, OffsetRecord } from '@ringlog/storage'
import { describe, expect, test } from 'vitest'
import {
  GroupOffsetsStore,
  type StoredGroup,
  type StoredOffset,
} from '../../../src/controller/storage/group-offsets-store.ts'

const NOW_MS = 1_700_000_000_000

function offsetOf(offset: number, partition = 0, isSynced = false): StoredOffset {
  return { topic: 'orders', partition, offset, metadata: '', isSynced }
}

function recordOf(
  groupId: string,
  { topic, partition, offset, metadata }: StoredOffset,
): OffsetRecord {
  return { type: 'offset', groupId, topic, partition, offset, metadata, commitTimestampMs: NOW_MS }
}

/** A store of groups that the test sets, which writes into an array. */
class Rig {
  readonly groups = new Map<string, StoredGroup>()
  readonly clock = new VirtualClock({ wallMs: NOW_MS })
  readonly writes: Array<{ records: readonly MetadataRecord[]; isSynced: boolean }> = []
  readonly errors: unknown[] = []
  failure: RinglogError | null = null
  /** Writes wait for it. */
  gate: Promise<void> = Promise.resolve()
  readonly store = new GroupOffsetsStore({
    clock: this.clock,
    groupIds: () => this.groups.keys(),
    storedGroup: (groupId) => this.groups.get(groupId) ?? null,
    append: async (records, isSynced) => {
      await this.gate
      if (this.failure !== null) throw this.failure
      this.writes.push({ records, isSynced })
    },
    onError: (error) => this.errors.push(error),
  })

  commit(groupId: string, ...offsets: StoredOffset[]): void {
    this.groups.set(groupId, { unusedSinceMs: null, offsets })
  }

  get records(): MetadataRecord[] {
    return this.writes.flatMap(({ records }) => records)
  }
}

describe('what groups have committed', () => {
  test('is written once, as far as it has changed', async () => {
    const rig = new Rig()
    rig.commit('billing', offsetOf(3), offsetOf(9, 1))
    await rig.store.store('billing')
    const group = { type: 'group', groupId: 'billing', unusedSinceMs: null }
    expect(rig.records).toEqual([
      recordOf('billing', offsetOf(3)),
      recordOf('billing', offsetOf(9, 1)),
      group,
    ])
    rig.commit('billing', offsetOf(3), offsetOf(10, 1))
    await rig.store.store('billing')
    await rig.store.store('billing')
    expect(rig.records.slice(3)).toEqual([recordOf('billing', offsetOf(10, 1))])
  })

  test('is written every second without being asked', async () => {
    const rig = new Rig()
    rig.store.start([], [])
    rig.commit('billing', offsetOf(1))
    await rig.clock.advance(999)
    expect(rig.writes).toHaveLength(0)
    await rig.clock.advance(1)
    expect(rig.writes).toHaveLength(1)
    rig.commit('billing', offsetOf(2))
    await rig.clock.advance(1_000)
    expect(rig.writes).toHaveLength(2)
    rig.store.stop()
    rig.commit('billing', offsetOf(3))
    await rig.clock.advance(5_000)
    expect(rig.writes).toHaveLength(2)
  })

  test('is written together for all who come while a write is under way', async () => {
    const rig = new Rig()
    const { promise, resolve } = Promise.withResolvers<void>()
    rig.gate = promise
    rig.commit('a', offsetOf(1))
    const first = rig.store.store('a')
    rig.commit('a', offsetOf(2))
    rig.commit('b', offsetOf(7))
    const second = Promise.all([rig.store.store('a'), rig.store.store('b'), rig.store.store('a')])
    resolve()
    await first
    expect(rig.writes[0]!.records).toContainEqual(recordOf('a', offsetOf(1)))
    await second
    expect(rig.writes).toHaveLength(2)
    expect(rig.writes[1]!.records).toContainEqual(recordOf('a', offsetOf(2)))
    expect(rig.writes[1]!.records).toContainEqual(recordOf('b', offsetOf(7)))
  })

  test('is synced where a topic syncs each record, and where it is taken away', async () => {
    const rig = new Rig()
    rig.commit('a', offsetOf(1))
    await rig.store.store('a')
    rig.commit('a', offsetOf(1), offsetOf(1, 1, true))
    await rig.store.store('a')
    rig.commit('a', offsetOf(2), offsetOf(1, 1, true))
    await rig.store.store('a')
    rig.groups.delete('a')
    await rig.store.store('a')
    expect(rig.writes.map(({ isSynced }) => isSynced)).toEqual([false, true, false, true])
    expect(rig.writes[3]!.records).toEqual([
      { type: 'offsetRemoved', groupId: 'a', topic: 'orders', partition: 0 },
      { type: 'offsetRemoved', groupId: 'a', topic: 'orders', partition: 1 },
      { type: 'groupRemoved', groupId: 'a' },
    ])
  })

  test('is taken away where a former broker had written it, and the group has it no more', async () => {
    const rig = new Rig()
    const offsets = [recordOf('a', offsetOf(4)), recordOf('b', offsetOf(5))]
    rig.store.start([{ type: 'group', groupId: 'a', unusedSinceMs: null }], offsets)
    rig.commit('a', offsetOf(4))
    await rig.store.storeAll()
    expect(rig.records).toEqual([
      { type: 'offsetRemoved', groupId: 'b', topic: 'orders', partition: 0 },
    ])
  })

  test('is told with since when the group is unused', async () => {
    const rig = new Rig()
    rig.commit('a', offsetOf(1))
    await rig.store.store('a')
    rig.groups.set('a', { unusedSinceMs: NOW_MS, offsets: [offsetOf(1)] })
    await rig.store.storeAll()
    expect(rig.writes[1]!.records).toEqual([{ type: 'group', groupId: 'a', unusedSinceMs: NOW_MS }])
  })

  test('that could not be written is told to who waits, and written later', async () => {
    const rig = new Rig()
    rig.store.start([], [])
    rig.failure = new RinglogError('KAFKA_STORAGE_ERROR')
    rig.commit('a', offsetOf(1))
    await expect(rig.store.store('a')).rejects.toMatchObject({ code: 'KAFKA_STORAGE_ERROR' })
    await rig.clock.advance(3_000)
    expect(rig.errors).toEqual([rig.failure]) // not every second
    rig.failure = null
    await rig.clock.advance(1_000)
    const commitTimestampMs = NOW_MS + 4_000
    expect(rig.records).toContainEqual({ ...recordOf('a', offsetOf(1)), commitTimestampMs })
    rig.failure = new RinglogError('KAFKA_STORAGE_ERROR')
    rig.commit('a', offsetOf(2))
    await rig.clock.advance(1_000)
    expect(rig.errors).toHaveLength(2)
    rig.store.stop()
  })
})
