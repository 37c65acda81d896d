import { INDEX_BYTE, RinglogError, TOTALS_BYTE, type AppendRequest } from '@ringlog/core/internal'
import { ProducerSession } from '@ringlog/partition-worker'
import { describe, expect, test } from 'vitest'
import { RING_BYTES, Rig, batchOf, deadline } from './rig.ts'

function sound(): AppendRequest {
  const { buffer, byteLength } = batchOf(['v'])
  return { ...deadline(), buffer: buffer as ArrayBuffer, sizeBytes: byteLength }
}

/** The ring's memory, but for what is counted: see `PartitionTotals`. */
function logIn({ memory }: Rig): string {
  const bytes = new Uint8Array(memory.slice(0))
  bytes.fill(0, TOTALS_BYTE, INDEX_BYTE)
  return Buffer.from(bytes).toString('base64')
}

describe('a request to append', () => {
  test.each<[string, unknown]>([
    ['is nothing', undefined],
    ['is null', null],
    ['is text', 'append'],
    ['has no memory', { ...sound(), buffer: undefined }],
    ['has memory that others can write to', { ...sound(), buffer: new SharedArrayBuffer(100) }],
    ['has a view in place of memory', { ...sound(), buffer: new Uint8Array(100) }],
    ['has a negative size', { ...sound(), sizeBytes: -1 }],
    ['has a size that is no integer', { ...sound(), sizeBytes: 0.5 }],
    ['has a size that is no number', { ...sound(), sizeBytes: NaN }],
    ['has a size that is text', { ...sound(), sizeBytes: '100' }],
    ['has no deadline', { ...sound(), requestDeadlineMs: undefined }],
    ['has a deadline that is no number', { ...sound(), requestDeadlineMs: NaN }],
    ['has a wait that is no number', { ...sound(), waitingSinceMs: NaN }],
    ['has a wait that is negative', { ...sound(), maxBlockMs: -1 }],
    ['has a wait without an end', { ...sound(), waitingSinceMs: -Infinity, maxBlockMs: Infinity }],
  ])('that %s is refused, and the log stays as it was', async (_, request) => {
    const rig = new Rig()
    const session = new ProducerSession(rig.log, 'all')
    const before = logIn(rig)
    const refused = await session.append(request as AppendRequest).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RinglogError)
    expect(refused).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(rig.log.metrics.failedProduceRequestsTotal).toBe(1)
    expect(rig.log.endOffset).toBe(0)
    expect(logIn(rig)).toBe(before)
    await session.append(sound())
    expect(rig.log.endOffset).toBe(1)
  })

  test('that is larger than the topic takes is not looked into', async () => {
    const rig = new Rig()
    const garbage = new Uint8Array(RING_BYTES)
    await expect(rig.log.append(garbage, deadline())).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    })
  })
})
