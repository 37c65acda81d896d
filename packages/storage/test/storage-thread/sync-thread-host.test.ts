import { Doorbell } from '@ringlog/core/internal/storage'
import { syncThreadUrl } from '@ringlog/storage'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { SyncThreadHost } from '../../src/storage-thread/sync-thread-host.ts'
import {
  DESCRIPTORS_A_REQUEST,
  SYNC_SLOT_BYTES,
  SyncSlot,
} from '../../src/sync-thread/sync-slot.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

afterEach(() => vi.restoreAllMocks())

/** What `look` gives whenever a word is stored. */
function atEachStore<Seen>(look: () => Seen): Seen[] {
  const seen: Seen[] = []
  const { store } = Atomics
  vi.spyOn(Atomics, 'store').mockImplementation((...given: unknown[]) => {
    seen.push(look())
    return Reflect.apply(store, Atomics, given)
  })
  return seen
}

/** Syncs by a thread of this file; gives what went wrong, or `null`. */
function syncBy(url: string): (descriptors: readonly number[]) => Promise<string | null> {
  const doorbell = new Doorbell()
  const host = new SyncThreadHost(url, doorbell.memory)
  onTestFinished(() => host.close())
  return async (descriptors) => {
    const ends: Array<string | null> = []
    host.sync(descriptors, (error) => {
      ends.push(error?.message ?? null)
      doorbell.ring()
    })
    while (ends.length === 0) {
      await doorbell.waitAsync(() => host.hasAnswer || ends.length > 0)
      host.look()
    }
    return ends[0]!
  }
}

describe('the slot of a sync thread (INV-160)', () => {
  test('has what is asked for before it says that something is', () => {
    const slot = new SyncSlot(new SharedArrayBuffer(SYNC_SLOT_BYTES))
    const seen = atEachStore(() => [slot.isUnderWay, slot.requested])
    slot.request([7, 3, 5])
    expect(seen).toEqual([[false, [7, 3, 5]]])
    expect([slot.isUnderWay, slot.requested]).toEqual([true, [7, 3, 5]])
  })

  test('has what went wrong before it says that there is an answer', () => {
    const slot = new SyncSlot(new SharedArrayBuffer(SYNC_SLOT_BYTES))
    slot.request([7])
    const seen = atEachStore(() => [slot.isUnderWay, slot.fault])
    slot.answer('EIO: Fehler')
    expect(seen).toEqual([[true, 'EIO: Fehler']])
    slot.request([8])
    slot.answer(null)
    expect([slot.isUnderWay, slot.fault]).toEqual([false, null])
  })

  test('takes as many descriptors as fit, and of a long message the beginning', () => {
    const slot = new SyncSlot(new SharedArrayBuffer(SYNC_SLOT_BYTES))
    const descriptors = Array.from({ length: DESCRIPTORS_A_REQUEST }, (_, descriptor) => descriptor)
    slot.request(descriptors)
    expect([slot.isUnderWay, slot.requested]).toEqual([true, descriptors])
    slot.answer('x'.repeat(SYNC_SLOT_BYTES))
    expect(slot.fault).toMatch(/^x{1000,}$/)
    expect(slot.requested).toEqual(descriptors)
  })
})

describe('the host of a sync thread', () => {
  test('lets it sync as many files as there are, up to one that fails', async () => {
    const sync = syncBy(syncThreadUrl(null))
    const descriptor = openSync(join(temporaryDirectory(), 'file'), 'w')
    onTestFinished(() => closeSync(descriptor))
    const files = Array.from({ length: 2 * DESCRIPTORS_A_REQUEST + 1 }, () => descriptor)
    expect(await sync(files)).toBe(null)
    expect(await sync([...files, 1_000_000])).toMatch(/EBADF/)
    expect(await sync([1_000_000, ...files])).toMatch(/EBADF/)
    expect(await sync([descriptor])).toBe(null)
  })

  test('tells that it has ended, and asks the next thread for nothing twice (D-8)', async () => {
    const sync = syncBy(new URL('../ending-sync.worker.ts', import.meta.url).href)
    expect(await sync([1])).toMatch(/ended unexpectedly: exitCode=3/)
    expect(await sync([2])).toMatch(/ended unexpectedly: exitCode=3/)
  })
})
