import { expect, describe, it } from 'vitest'
import { segmentFileName } from '../../src/segment/segment-file-names.ts'
import { CleanedLog, DELETE_RETENTION_MS, NOW_MS } from './cleaned-log.ts'
import { contentOf } from './keyed-batches.ts'

const set = (
  key: string,
  value: string | null = `${key}!`,
): { key: string; value: string | null } => ({
  key,
  value,
})
const batch = (...records: Array<ReturnType<typeof set>>) => ({ records })
const producer = (baseSequence: number) => ({ producerId: 7, producerEpoch: 2, baseSequence })

describe('a round of compaction', () => {
  it('leaves of a batch what is not outdated, with its offsets and sequence numbers', () => {
    const cleaned = new CleanedLog()
      .segment({ records: [set('a'), set('b'), set('c')], producer: producer(40) })
      .segment(batch(set('b', 'later')))
    expect(cleaned.clean()).toMatchObject({
      cleanedUpTo: 4,
      stats: { recordsRead: 4, recordsWritten: 3 },
    })
    const { records, batches } = contentOf(cleaned.log)
    expect(records.map(({ offset, value }) => [offset, value])).toEqual([
      [0, 'a!'],
      [2, 'c!'],
      [3, 'later'],
    ])
    expect(batches[0]).toMatchObject({
      baseOffset: 0,
      lastOffset: 2,
      recordsCount: 2,
      producerId: 7,
      baseSequence: 40,
    })
  })

  it.each([0, 1, 2, 3, 4])('keeps the compression of a batch: %i', (compression) => {
    const cleaned = new CleanedLog()
      .segment({ records: [set('a', 'x'.repeat(500)), set('b', 'y'.repeat(500))], compression })
      .segment({ records: [set('b')], compression })
    cleaned.clean()
    const { records, batches } = contentOf(cleaned.log)
    expect(records.map(({ offset }) => offset)).toEqual([0, 2])
    expect(batches.map(({ compressionType }) => compressionType)).toEqual([
      compression,
      compression,
    ])
  })

  it('gives tombstones a delete horizon when it looks at them first, and drops them after it', () => {
    const cleaned = new CleanedLog()
      .segment(batch(set('a'), set('b')))
      .segment(batch(set('a', null)))
    cleaned.segment(batch(set('z')))
    cleaned.clean()
    const deleteHorizonMs = NOW_MS + DELETE_RETENTION_MS
    expect(contentOf(cleaned.log).records.map(({ offset }) => offset)).toEqual([1, 2, 3])
    expect(contentOf(cleaned.log).batches[1]).toMatchObject({ deleteHorizonMs })
    // The record's own time is what it was.
    expect(contentOf(cleaned.log).records[1]).toMatchObject({ timestamp: 1_000, value: null })
    cleaned.clean({ firstDirtyOffset: 3, nowMs: deleteHorizonMs - 1 })
    expect(contentOf(cleaned.log).batches[1]).toMatchObject({ deleteHorizonMs })
    cleaned.clean({ firstDirtyOffset: 3, nowMs: deleteHorizonMs })
    expect(contentOf(cleaned.log).records.map(({ offset }) => offset)).toEqual([1, 3])
  })

  it("keeps a producer's latest batch, though no record of it is left (D-15)", () => {
    const cleaned = new CleanedLog()
      .segment({ records: [set('a'), set('b')], producer: producer(0) })
      .segment({ records: [set('a'), set('b')], producer: producer(2) })
      .segment(batch(set('a'), set('b')))
    cleaned.clean()
    expect(contentOf(cleaned.log).batches).toMatchObject([
      { baseOffset: 2, lastOffset: 3, recordsCount: 0, producerId: 7, baseSequence: 2 },
      { baseOffset: 4, recordsCount: 2 },
    ])
  })

  it('keeps the last batch of what it looks at, though no record of it is left', () => {
    const cleaned = new CleanedLog().segment(batch(set('a'))).segment(batch(set('a', null)))
    cleaned.clean()
    cleaned.clean({ nowMs: NOW_MS + DELETE_RETENTION_MS })
    expect(contentOf(cleaned.log)).toMatchObject({
      records: [],
      batches: [{ baseOffset: 1, lastOffset: 1, recordsCount: 0, deleteHorizonMs: null }],
    })
  })

  it('looks at so many keys as the map has room for, and leaves what follows as it is', () => {
    const cleaned = new CleanedLog()
      .segment(batch(set('a'), set('b')))
      .segment(batch(set('a'), set('b'), set('c'), set('a')))
    expect(cleaned.clean({ maxKeys: 2 }).cleanedUpTo).toBe(4)
    expect(contentOf(cleaned.log).records.map(({ offset }) => offset)).toEqual([2, 3, 4, 5])
    expect(cleaned.clean({ maxKeys: 3 }).cleanedUpTo).toBe(6)
    expect(contentOf(cleaned.log).records.map(({ offset }) => offset)).toEqual([3, 4, 5])
  })

  it('makes one segment of several, as large as one may be', () => {
    const cleaned = new CleanedLog()
    for (const key of ['a', 'b', 'c', 'd']) cleaned.segment(batch(set(key)))
    const { fileBytes } = cleaned.log.segments[0]!
    cleaned.clean({ segmentBytes: 2 * fileBytes })
    const bases = cleaned.log.segments.map(({ baseOffset, endOffset }) => [baseOffset, endOffset])
    expect(bases).toEqual([
      [0, 2],
      [2, 4],
      [4, 4],
    ])
    expect(cleaned.log.sizeBytes).toBe(4 * fileBytes)
    expect(contentOf(cleaned.log).records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3])
    expect(cleaned.leftovers).toEqual([])
  })

  it('hands its segments over from the oldest to the newest: a deletion does not go before what it deletes (D-14)', () => {
    const cleaned = new CleanedLog().segment(batch(set('a'))).segment(batch(set('a', null)))
    cleaned.segment(batch(set('z')))
    // Seen by a round that did not come to it: it has its horizon, and what it deletes is there.
    cleaned.clean({ maxKeys: 0 })
    expect(contentOf(cleaned.log).records).toHaveLength(3)
    const swapped: number[] = []
    cleaned.clean({ nowMs: NOW_MS + DELETE_RETENTION_MS }, (segment) => {
      swapped.push(segment.baseOffset)
      cleaned.log.sealed.replace(segment)
      const keys = contentOf(cleaned.log).records.map(({ key, value }) => [key, value])
      expect(keys).not.toContainEqual(['a', 'a!'])
    })
    expect(swapped).toEqual([0, 1, 2])
  })

  it('leaves nothing of a round that is given up', () => {
    const cleaned = new CleanedLog().segment(batch(set('a'))).segment(batch(set('a')))
    let batches = 0
    const giveUp = (): void => {
      if (++batches === 6) throw new Error('no more')
    }
    const handedOver: number[] = []
    const round = (): unknown =>
      cleaned.clean({}, ({ baseOffset }) => handedOver.push(baseOffset), giveUp)
    expect(round).toThrow('no more')
    expect(handedOver).toEqual([0])
    cleaned.log.folder.dropCleaned()
    expect(cleaned.leftovers).toEqual([])
    expect(contentOf(cleaned.log).records).toHaveLength(2)
  })

  it('ends at a batch that is damaged, and leaves the log as it is', () => {
    const cleaned = new CleanedLog()
      .segment(batch(set('a', 'x'.repeat(100))))
      .segment(batch(set('a')))
    const { fileSystem, log } = cleaned
    const path = log.folder.pathOf(segmentFileName(0, '.log'))
    const descriptor = fileSystem.open(path, 'write')
    fileSystem.write(descriptor, Uint8Array.of(0xff), 0, 1, 100)
    fileSystem.close(descriptor)
    expect(() => cleaned.clean()).toThrow(
      expect.objectContaining({ code: 'CORRUPT_MESSAGE' }) as Error,
    )
    expect(cleaned.leftovers).toEqual([])
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2])
  })
})
