import { Doorbell } from '@ringlog/core/internal'
import {
  STORAGE_FAILED,
  STORAGE_FULL,
  STORED_ON_DISK_SHOWN_AT_ONCE,
} from '@ringlog/core/internal/storage'
import { settle } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { RING_BYTES, batchOf, deadline } from '../rig.ts'
import { DiskRig } from './disk-rig.ts'

const SEQUENCE_WORD = 0
const ringsOf = (doorbell: Doorbell): number => new Int32Array(doorbell.memory)[SEQUENCE_WORD]!
const batch = (): Uint8Array => batchOf(['x'.repeat(1000)])
const soon = (): ReturnType<typeof deadline> => deadline({ maxBlockMs: 0 })

describe('the log of a partition on disk', () => {
  test('grows at most half a ring ahead of the high watermark (INV-125)', async () => {
    const rig = new DiskRig()
    await rig.fill()
    const ahead = rig.log.endPosition
    expect(ahead).toBeLessThanOrEqual(RING_BYTES / 2)
    expect(ahead).toBeGreaterThan(RING_BYTES / 2 - 1200)
    const { endOffset } = rig.log

    const waiting = rig.log.append(batch(), deadline())
    await settle()
    expect(rig.log.endOffset).toBe(endOffset)
    rig.acknowledgeAll()
    await waiting
    expect(rig.log.endOffset).toBe(endOffset + 1)
  })

  test('evicts below the high watermark alone, whatever gates there are (INV-126)', async () => {
    const rig = new DiskRig()
    rig.gate(0)
    for (let round = 0; round < 4; round++) {
      await rig.fill()
      expect(rig.log.logStartOffset).toBeLessThanOrEqual(rig.storage.highWatermark)
      rig.acknowledgeAll()
    }
    await rig.fill()
    expect(rig.log.logStartOffset).toBeGreaterThan(0)
    expect(rig.log.metrics).toMatchObject({ evictedRecordsTotal: 0, evictedUnreadRecordsTotal: 0 })
  })

  test('is seen by consumers up to the high watermark', async () => {
    const rig = new DiskRig({ startOffset: 100 })
    await rig.log.append(batch(), deadline())
    expect(rig.reader.endOffset).toBe(100)
    expect(rig.log.gates.resolve('latest')).toBe(100)
    expect(rig.log.gates.resolve('earliest')).toBe(50)
    rig.acknowledgeAll()
    expect(rig.reader.endOffset).toBe(101)
    expect(rig.log.gates.resolve('latest')).toBe(101)
  })

  test('is seen up to its end where it is shown at once, also by who starts at the latest', async () => {
    const rig = new DiskRig({ startOffset: 100, storage: STORED_ON_DISK_SHOWN_AT_ONCE })
    await rig.log.append(batch(), deadline())
    expect(rig.reader.endOffset).toBe(101)
    expect(rig.log.gates.resolve('latest')).toBe(101)
  })

  test('rings the storage thread when it grows, and its consumers when the high watermark has moved', async () => {
    const rig = new DiskRig()
    const consumer = new Doorbell()
    rig.log.addWatcher(consumer)
    await rig.log.append(batch(), deadline())
    expect([ringsOf(rig.storageDoorbell), ringsOf(consumer)]).toEqual([1, 0])
    rig.acknowledgeAll()
    await settle()
    expect([ringsOf(rig.storageDoorbell), ringsOf(consumer)]).toEqual([1, 1])
  })

  test('sees a high watermark that moves while the one before is looked at (INV-127)', async () => {
    const rig = new DiskRig()
    await rig.log.append(batch(), deadline())
    await rig.log.append(batch(), deadline())
    const { acknowledgements } = rig.log.disk!
    const answered = acknowledgements.wait(2)
    let isFirst = true
    rig.log.disk!.onAdvanced(() => {
      if (isFirst) rig.acknowledgeAll()
      isFirst = false
    })
    rig.storage.advanceHighWatermark(rig.log.endPosition / 2, 1)
    rig.doorbell.ring()
    await answered
  })

  test('that shows what is published rings its consumers at once, too', async () => {
    const rig = new DiskRig({ storage: STORED_ON_DISK_SHOWN_AT_ONCE })
    const consumer = new Doorbell()
    rig.log.addWatcher(consumer)
    await rig.log.append(batch(), deadline())
    expect([ringsOf(rig.storageDoorbell), ringsOf(consumer)]).toEqual([1, 1])
    expect(rig.reader.endOffset).toBe(1)
  })

  test.each([
    [0, 'the disk is behind: highWatermark=0'],
    [STORAGE_FULL, 'the disk is full: highWatermark=0'],
  ] as const)('in state %i says what an append has waited for', async (state, reason) => {
    const rig = new DiskRig()
    rig.gate(0)
    await rig.fill()
    rig.storage.setState(state)
    await expect(rig.log.append(batch(), soon())).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      message: expect.stringContaining(reason),
      details: { holder: null },
    })
  })

  test('refuses at once with whenFull "reject" what is too far ahead', async () => {
    const rig = new DiskRig({ whenFull: 'reject' })
    await rig.fill()
    await expect(rig.log.append(batch(), deadline())).rejects.toMatchObject({ code: 'BUFFER_FULL' })
  })

  test('refuses all once the disk has failed, also what waits for room', async () => {
    const rig = new DiskRig()
    await rig.fill()
    const waiting = rig.log.append(batch(), deadline())
    const refused = {
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining('orders-3'),
      details: { isMaybeAppended: false },
    }
    const outcome = expect(waiting).rejects.toMatchObject(refused)
    rig.storage.setState(STORAGE_FAILED)
    rig.doorbell.ring()
    await outcome
    await expect(rig.log.append(batch(), deadline())).rejects.toMatchObject(refused)
  })
})
