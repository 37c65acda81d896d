import { RecordBatchHeader, ReadResult } from '@ringlog/core'
import { Doorbell, type EvictedEvent } from '@ringlog/core/internal'
import type { PartitionEvent } from '@ringlog/partition-worker'
import { describe, expect, test } from 'vitest'
import { Pauses, RING_BYTES, Rig, batchOf, clockAt, deadline, timedBatch } from './rig.ts'

const kibibyte = (): Uint8Array => batchOf(['x'.repeat(1000)])

describe('deleting records', () => {
  test('moves the log start, also into a batch and past whoever holds', async () => {
    const rig = new Rig()
    rig.gate(0)
    await rig.log.append(batchOf(['a', 'b', 'c']), deadline())
    await rig.log.append(batchOf(['d', 'e', 'f']), deadline())
    for (const [before, start] of [
      [0, 0],
      [4, 4],
      [2, 4],
      [-1, 6],
      [6, 6],
    ] as const) {
      rig.log.deleteRecords(before)
      expect([rig.log.logStartOffset, rig.reader.logStartOffset]).toEqual([start, start])
    }
    expect((await rig.log.append(batchOf(['g']), deadline())).baseOffset).toBe(6)
    expect(rig.log.metrics).toMatchObject({ deletedRecordsTotal: 6, evictedRecordsTotal: 0 })
  })

  test('makes room: what waits goes on, in order', async () => {
    const rig = new Rig()
    rig.gate(0)
    const filled = await rig.fill()
    const waiting = [1, 2, 3].map(() => rig.log.append(kibibyte(), deadline()))
    rig.log.deleteRecords(10)
    const offsets = (await Promise.all(waiting)).map(({ baseOffset }) => baseOffset)
    expect(offsets).toEqual([filled, filled + 1, filled + 2])
  })

  test.each([-2, 0.5, NaN, Infinity, '3', null, 2 ** 53])('refuses %s', async (before) => {
    const { log } = new Rig()
    await log.append(batchOf(['a']), deadline())
    expect(() => log.deleteRecords(before as number)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('beforeOffset must be a non-negative safe') as string,
      }),
    )
    expect(log.logStartOffset).toBe(0)
  })

  test('refuses what lies past the end, and deletes nothing', async () => {
    const { log } = new Rig()
    await log.append(batchOf(['a', 'b']), deadline())
    expect(() => log.deleteRecords(3)).toThrow(
      expect.objectContaining({
        code: 'OFFSET_OUT_OF_RANGE',
        errorCode: 1,
        details: { topic: 'orders', partition: 3, beforeOffset: 3, endOffset: 2 },
      }),
    )
    expect(log.logStartOffset).toBe(0)
  })
})

const retained = (overrides: object = {}): Rig & { now: number } => {
  const rig: Rig & { now: number } = Object.assign(
    new Rig({ retentionMs: 1000, clock: clockAt(() => rig.now), ...overrides }),
    { now: 5_000 },
  )
  return rig
}

describe('retention', () => {
  test('evicts the batches whose largest timestamp is older, up to the first that is not', async () => {
    const rig = retained()
    for (const timestamps of [[3000, 4500], [3900], [4100], [3000]]) {
      await rig.log.append(timedBatch(timestamps), deadline())
    }
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(0)
    rig.now = 5_501
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(5)
    expect(rig.log.metrics).toMatchObject({ expiredRecordsTotal: 5, evictedRecordsTotal: 0 })
  })

  test.each(['block', 'reject'] as const)('with "%s" passes nobody who holds', async (whenFull) => {
    const rig = retained({ whenFull })
    const gate = rig.gate(0)
    for (let batch = 0; batch < 3; batch++) await rig.log.append(timedBatch([0, 0]), deadline())
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(0)
    gate.release(5)
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(4)
    gate.close()
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(6)
  })

  test('with "evict" does not look at who reads', async () => {
    const rig = retained({ whenFull: 'evict' })
    rig.gate(0)
    await rig.log.append(timedBatch([0, 0]), deadline())
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(2)
  })

  test('goes by the time of the append where the log gives it', async () => {
    const rig = retained({ timestampType: 'logAppendTime' })
    await rig.log.append(timedBatch([1]), deadline())
    rig.now = 6_000
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(0)
    rig.now = 6_001
    rig.log.expireRecords()
    expect(rig.log.logStartOffset).toBe(1)
  })

  test('is none by default', async () => {
    const { log } = new Rig({ clock: clockAt(() => Number.MAX_SAFE_INTEGER) })
    await log.append(timedBatch([0]), deadline())
    log.expireRecords()
    expect(log.logStartOffset).toBe(0)
  })
})

/** Appends until the ring has gone round. */
async function goRound(rig: Rig): Promise<void> {
  for (let i = 0; i < 100; i++) await rig.log.append(kibibyte(), deadline())
}

describe('what is evicted unread', () => {
  test('is counted and told where nobody holds, from what the last holder had left', async () => {
    const events: EvictedEvent[] = []
    const onEvent = ({ type, event }: PartitionEvent): void => {
      if (type === 'evicted') events.push(event)
    }
    const pauses = new Pauses()
    const rig = new Rig({ onEvent, clock: pauses.clock })
    const gate = rig.gate(0)
    for (let i = 0; i < 30; i++) await rig.log.append(kibibyte(), deadline())
    gate.release(20)
    gate.close()
    await goRound(rig)
    const { logStartOffset } = rig.log
    expect(rig.log.metrics).toMatchObject({
      evictedRecordsTotal: logStartOffset,
      evictedUnreadRecordsTotal: logStartOffset - 20,
    })
    // At once, for the first; then all of the next second together.
    expect(events).toEqual([
      {
        topic: 'orders',
        partition: 3,
        records: 1,
        unreadRecords: 0,
        expiredRecords: 0,
        logStartOffset: 1,
      },
    ])
    pauses.pass()
    expect(events[1]).toMatchObject({
      records: logStartOffset - 1,
      unreadRecords: logStartOffset - 20,
      logStartOffset,
    })
    pauses.pass()
    expect(events).toHaveLength(2)
  })

  test('is counted from what the last holder had left also by a successor', async () => {
    const first = new Rig()
    const gate = first.gate(0)
    for (let i = 0; i < 30; i++) await first.log.append(kibibyte(), deadline())
    gate.release(20)
    gate.close()
    const { memory, producerTable } = first
    const rig = new Rig({ memory, producerTable })
    await goRound(rig)
    const { logStartOffset } = rig.log
    expect(rig.log.metrics).toMatchObject({ evictedUnreadRecordsTotal: logStartOffset - 20 })
  })

  test('is nothing where gates let go of it', async () => {
    const rig = new Rig()
    const gate = rig.gate(0)
    for (let i = 0; i < 200; i++) {
      await rig.log.append(kibibyte(), deadline())
      gate.release(i + 1)
    }
    expect(rig.log.logStartOffset).toBeGreaterThan(100)
    expect(rig.log.metrics).toMatchObject({
      evictedRecordsTotal: 0,
      evictedUnreadRecordsTotal: 0,
    })
  })

  test('is not known where someone reads without a gate, nor where the topic evicts', async () => {
    const watched = new Rig()
    watched.log.addWatcher(new Doorbell())
    const evicting = new Rig({ whenFull: 'evict' })
    for (const rig of [watched, evicting]) {
      await goRound(rig)
      const { logStartOffset } = rig.log
      expect(logStartOffset).toBeGreaterThan(0)
      expect(rig.log.metrics).toMatchObject({
        evictedRecordsTotal: logStartOffset,
        evictedUnreadRecordsTotal: 0,
      })
    }
  })
})

const numbered = (): Uint8Array =>
  batchOf(['a'], { producerId: 1, producerEpoch: 0, baseSequence: 0 })

describe('log append time', () => {
  test('is given to the batch, answered, and found by; also to a batch that waited', async () => {
    let now = 1_000
    const rig = new Rig({ timestampType: 'logAppendTime', clock: clockAt(() => now) })
    expect(await rig.log.append(timedBatch([7, 99_999]), deadline())).toEqual({
      baseOffset: 0,
      logAppendTimeMs: 1_000,
    })
    const target = new Uint8Array(RING_BYTES)
    rig.reader.read(0, target, new ReadResult())
    expect(new RecordBatchHeader().wrap(target)).toMatchObject({
      isLogAppendTime: true,
      maxTimestamp: 1_000,
    })
    const gate = rig.gate(0)
    const filled = rig.log.endOffset + (await rig.fill())
    const waiting = rig.log.append(kibibyte(), deadline())
    now = 2_000
    gate.release(10)
    expect(await waiting).toEqual({ baseOffset: filled, logAppendTimeMs: 2_000 })
    expect(rig.reader.findByTimestamp(1_001)).toEqual({ offset: filled, timestamp: 2_000 })
    expect(rig.reader.findByTimestamp(2_001)).toBeNull()
  })

  test('is answered again to a batch that comes again', async () => {
    let now = 1_000
    const { log } = new Rig({ timestampType: 'logAppendTime', clock: clockAt(() => now) })
    await log.append(numbered(), deadline())
    now = 2_000
    expect(await log.append(numbered(), deadline())).toEqual({
      baseOffset: 0,
      logAppendTimeMs: 1_000,
    })
  })

  test.each(['createTime', 'logAppendTime'] as const)(
    'is refused from a producer, with %s',
    async (timestampType) => {
      const { log } = new Rig({ timestampType })
      const batch = batchOf(['a'])
      await expect(log.append(batch.with(22, batch[22]! | 8), deadline())).rejects.toMatchObject({
        code: 'INVALID_TIMESTAMP',
        errorCode: 32,
      })
      expect(log.endOffset).toBe(0)
    },
  )
})
