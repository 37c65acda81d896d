import { RinglogError } from '@ringlog/core'
import { monotonicMs } from '@ringlog/core/internal'
import { isSettled } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { Rig, batchOf, deadline } from './rig.ts'

const kibibyte = (): Uint8Array => batchOf(['x'.repeat(1000)])

describe('a full ring with "block"', () => {
  test('waits for the slowest gate, and goes on as soon as that has released', async () => {
    const rig = new Rig()
    const [slow, fast] = [rig.gate(0), rig.gate(0, 'fast')]
    const filled = await rig.fill()
    expect(filled).toBeGreaterThan(50)
    const waiting = rig.log.append(kibibyte(), deadline())
    fast.release(40)
    expect(await isSettled(waiting)).toBe(false)
    expect(rig.log.logStartOffset).toBe(0)
    slow.release(2)
    expect((await waiting).baseOffset).toBe(filled)
    expect(rig.log.logStartOffset).toBeLessThanOrEqual(2)
  })

  test('appends what waits in the order in which it came', async () => {
    const rig = new Rig()
    const gate = rig.gate(0)
    const filled = await rig.fill()
    const done: number[] = []
    const waiting = Array.from({ length: 8 }, async (_, i) => {
      const { baseOffset } = await rig.log.append(kibibyte(), deadline())
      done.push(i)
      return baseOffset
    })
    const small = rig.log.append(batchOf(['fits at once, but came last']), deadline())
    for (let released = 1; released <= 12; released++) {
      gate.release(released)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 8 }, (_, i) => filled + i))
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect((await small).baseOffset).toBe(filled + 8)
  })

  test('refuses what has waited for maxBlockMs, naming who holds, and never appends it', async () => {
    const rig = new Rig()
    const gate = rig.gate(0, 'reports')
    rig.gate(5, 'other')
    const filled = await rig.fill()
    const start = monotonicMs()
    const error = await rig.log
      .append(kibibyte(), deadline({ maxBlockMs: 30 }))
      .catch((thrown: unknown) => thrown as RinglogError)
    expect(monotonicMs() - start).toBeGreaterThanOrEqual(30)
    expect(error).toMatchObject({
      code: 'BUFFER_FULL',
      retriable: true,
      details: {
        topic: 'orders',
        partition: 3,
        holder: { clientId: 'reports', consumerId: 'id-reports', offset: 0 },
      },
    })
    const { waitedMs } = (error as RinglogError).details as { waitedMs: number }
    expect(Number.isInteger(waitedMs)).toBe(true)
    expect(waitedMs).toBeGreaterThanOrEqual(30)
    expect((error as RinglogError).message).toContain(
      'the slowest holder is consumer reports at offset 0',
    )
    gate.release(60)
    expect((await rig.log.append(batchOf(['y']), deadline())).baseOffset).toBe(filled)
  })

  test('does not count the wait for room as time of the request', async () => {
    const rig = new Rig()
    const gate = rig.gate(0)
    await rig.fill()
    const waiting = rig.log.append(kibibyte(), deadline({ requestDeadlineMs: monotonicMs() + 20 }))
    await new Promise((resolve) => setTimeout(resolve, 60))
    gate.release(10)
    await expect(waiting).resolves.toMatchObject({ logAppendTimeMs: -1 })
  })

  test('expires each waiting append at its own time, also behind one that may wait longer', async () => {
    const rig = new Rig()
    const gate = rig.gate(0)
    const filled = await rig.fill()
    const patient = rig.log.append(kibibyte(), deadline())
    const hasty = rig.log.append(kibibyte(), deadline({ maxBlockMs: 20 }))
    await expect(hasty).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    expect(await isSettled(patient)).toBe(false)
    gate.release(10)
    expect((await patient).baseOffset).toBe(filled)
    expect(rig.log.endOffset).toBe(filled + 1)
  })

  test('goes on when the gate that held is taken away', async () => {
    const rig = new Rig()
    const gate = rig.gate(0)
    const filled = await rig.fill()
    const waiting = rig.log.append(kibibyte(), deadline())
    expect(await isSettled(waiting)).toBe(false)
    gate.close()
    expect((await waiting).baseOffset).toBe(filled)
  })

  test('never appends what waits for an owner that is gone', async () => {
    const rig = new Rig()
    const gate = rig.gate(0)
    const filled = await rig.fill()
    const [gone, other] = [{}, {}]
    const dropped = rig.log.append(kibibyte(), deadline(), { owner: gone })
    const kept = rig.log.append(kibibyte(), deadline(), { owner: other })
    rig.log.dropOwner(gone)
    await expect(dropped).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    gate.release(10)
    expect((await kept).baseOffset).toBe(filled)
    expect(rig.log.endOffset).toBe(filled + 1)
  })

  test('appends what fits as soon as the owner of what waits before it is gone', async () => {
    const rig = new Rig()
    rig.gate(0)
    const filled = await rig.fill()
    const gone = {}
    const dropped = rig.log.append(kibibyte(), deadline(), { owner: gone })
    const small = rig.log.append(batchOf(['fits at once, but came last']), deadline())
    expect(await isSettled(small)).toBe(false)
    rig.log.dropOwner(gone)
    await expect(dropped).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    expect((await small).baseOffset).toBe(filled)
  })

  test('fails what waits when the log is closed', async () => {
    const rig = new Rig()
    rig.gate(0)
    await rig.fill()
    const waiting = rig.log.append(kibibyte(), deadline())
    rig.log.close(new RinglogError('BROKER_CLOSED'))
    await expect(waiting).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
  })

  test('holds nothing where there is no gate: the oldest batches make room', async () => {
    const rig = new Rig()
    for (let i = 0; i < 500; i++) await rig.log.append(kibibyte(), deadline())
    expect(rig.log.endOffset).toBe(500)
    expect(rig.log.logStartOffset).toBeGreaterThan(400)
  })

  test('answers a duplicate of a batch that it has at once, though there is no room', async () => {
    const rig = new Rig()
    rig.gate(0)
    const producer = { producerId: 1, producerEpoch: 0, baseSequence: 0 }
    const first = batchOf(['x'.repeat(1000)], producer)
    await rig.log.append(first.slice(), deadline())
    await rig.fill()
    expect((await rig.log.append(first, deadline())).baseOffset).toBe(0)
  })
})

describe('a full ring with "reject"', () => {
  test('fails an append at once, and takes the next when there is room', async () => {
    const rig = new Rig({ whenFull: 'reject' })
    const gate = rig.gate(0)
    const filled = await rig.fill()
    const refused = rig.log.append(kibibyte(), deadline())
    await expect(refused).rejects.toMatchObject({ code: 'BUFFER_FULL', details: { waitedMs: 0 } })
    gate.release(2)
    expect((await rig.log.append(kibibyte(), deadline())).baseOffset).toBe(filled)
  })
})

describe('a full ring with "evict"', () => {
  test('drops the oldest batches, whatever gates there are', async () => {
    const rig = new Rig({ whenFull: 'evict' })
    rig.gate(0)
    for (let i = 0; i < 500; i++) {
      expect((await rig.log.append(kibibyte(), deadline())).baseOffset).toBe(i)
    }
    expect(rig.log.logStartOffset).toBeGreaterThan(400)
  })
})
