import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { batchAt, batchesFrom } from '../log-batches.ts'
import { offsetsOf, openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const folderOf = (dataDirectory: string): string => join(dataDirectory, 'trades-0')
const upTo = (end: number): number[] => Array.from({ length: end }, (_, offset) => offset)

describe('SegmentedLog', () => {
  it('creates the folder of a partition with what says whose it is', () => {
    const dataDirectory = temporaryDirectory()
    openLog({ dataDirectory }).close()
    const folder = folderOf(dataDirectory)
    expect(readdirSync(folder).sort()).toEqual([
      '.no-sync-failed',
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.snapshot',
      '00000000000000000000.timeindex',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ])
    expect(readFileSync(join(folder, 'leader-epoch-checkpoint'), 'utf8')).toBe('0\n1\n0 0\n')
    expect(readFileSync(join(folder, 'partition.metadata'), 'utf8')).toBe(
      'version: 0\ntopic_id: KxxKUJ8eSj6NDx9uK3ydEA\n',
    )
  })

  it('refuses the folder of another topic that has records, or had some', () => {
    const topicId = '00000000-0000-4000-8000-000000000000'
    for (const deleteBefore of [0, 3]) {
      const dataDirectory = temporaryDirectory()
      const log = openLog({ dataDirectory })
      const bytes = batchesFrom(0, 3)
      log.append(bytes, bytes.length)
      if (deleteBefore > 0) log.roll()
      log.deleteBefore(deleteBefore)
      log.close()
      expect(() => openLog({ dataDirectory, topicId })).toThrow(
        expect.objectContaining({
          code: 'KAFKA_STORAGE_ERROR',
          message: expect.stringMatching(/expected=.*AAAAAAAAQACAAAAAAAAAAA.*found=.*KxxKUJ8e/),
        }),
      )
      openLog({ dataDirectory }).close()
    }
  })

  it('takes the place of a folder of another topic that never had a record', () => {
    const topicId = '00000000-0000-4000-8000-000000000000'
    const dataDirectory = temporaryDirectory()
    openLog({ dataDirectory }).abandon()
    for (let session = 0; session < 2; session++) {
      const log = openLog({ dataDirectory, topicId })
      expect([log.logStartOffset, log.endOffset]).toEqual([0, 0])
      log.abandon()
    }
    expect(readdirSync(dataDirectory)).toEqual(['trades-0'])
    expect(readFileSync(join(folderOf(dataDirectory), 'partition.metadata'), 'utf8')).toContain(
      'AAAAAAAAQACAAAAAAAAAAA',
    )
  })

  it('writes batches as they are, back to back', () => {
    const dataDirectory = temporaryDirectory()
    const log = openLog({ dataDirectory })
    const bytes = batchesFrom(0, 3, { records: 2 })
    log.append(bytes, bytes.length)
    expect(log.endOffset).toBe(6)
    expect(log.sizeBytes).toBe(bytes.length)
    log.close()
    const file = readFileSync(join(folderOf(dataDirectory), '00000000000000000000.log'))
    expect(file.equals(bytes)).toBe(true)
  })

  it('takes only the batch that is next', () => {
    const log = openLog({ dataDirectory: temporaryDirectory() })
    const batch = batchAt({ baseOffset: 5 })
    expect(() => log.append(batch, batch.length)).toThrow(
      expect.objectContaining({ code: 'KAFKA_STORAGE_ERROR' }),
    )
    log.close()
  })

  it('begins a new segment before a batch that would pass segmentBytes, and never splits one', () => {
    const dataDirectory = temporaryDirectory()
    const batch = batchAt({ baseOffset: 0, valueBytes: 300 })
    const log = openLog({ dataDirectory, config: { segmentBytes: 3 * batch.length } })
    const bytes = batchesFrom(0, 8, { valueBytes: 300 })
    log.append(bytes, bytes.length)
    expect(log.segments.map(({ baseOffset, endOffset }) => [baseOffset, endOffset])).toEqual([
      [0, 3],
      [3, 6],
      [6, 8],
    ])
    expect(log.activeSegment).toMatchObject({ baseOffset: 6, fileBytes: 2 * batch.length })
    expect(offsetsOf(log)).toEqual(upTo(8))
    expect(offsetsOf(log, 4)).toEqual([4, 5, 6, 7])
    const sealed = log.takeSealed()
    expect(sealed.map(({ endOffset, descriptors }) => [endOffset, descriptors.length])).toEqual([
      [3, 4],
      [6, 4],
    ])
    for (const segment of sealed) segment.close()
    expect(log.takeSealed()).toEqual([])
    log.close()
    expect(openLog({ dataDirectory, isClean: true }).segments).toHaveLength(3)
  })

  it('begins a new segment of a compacted log within maxCompactionLagMs', () => {
    for (const cleanupPolicy of ['compact', 'delete'] as const) {
      const log = openLog({
        dataDirectory: temporaryDirectory(),
        config: { cleanupPolicy: [cleanupPolicy], maxCompactionLagMs: 500 },
      })
      for (const [baseOffset, timestamp] of [0, 500, 501].entries()) {
        const batch = batchAt({ baseOffset, timestamp })
        log.append(batch, batch.length)
      }
      const bases = log.segments.map((segment) => segment.baseOffset)
      expect(bases).toEqual(cleanupPolicy === 'compact' ? [0, 2] : [0])
      log.close()
    }
  })

  it('begins a new segment after segmentMs of the records, also within one call', () => {
    const log = openLog({ dataDirectory: temporaryDirectory(), config: { segmentMs: 1000 } })
    const bytes = Buffer.concat([
      batchAt({ baseOffset: 0, timestamp: 5_000 }),
      batchAt({ baseOffset: 1, timestamp: 6_000 }),
      batchAt({ baseOffset: 2, timestamp: 6_001 }),
    ])
    log.append(bytes, bytes.length)
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2])
    log.close()
  })

  it('indexes a batch once more than 4,096 bytes followed the last that was', () => {
    const dataDirectory = temporaryDirectory()
    const log = openLog({ dataDirectory })
    for (let offset = 0; offset < 6; offset++) {
      const batch = batchAt({ baseOffset: offset, valueBytes: 2_000, timestamp: 1_000 + offset })
      log.append(batch, batch.length)
    }
    log.close()
    const size = batchAt({ baseOffset: 0, valueBytes: 2_000 }).length
    const index = readFileSync(join(folderOf(dataDirectory), '00000000000000000000.index'))
    expect(
      [...words(index, 8)].map((at) => [index.readInt32BE(at), index.readInt32BE(at + 4)]),
    ).toEqual(
      [
        [2, 2 * size],
        [4, 4 * size],
      ].slice(0, index.length / 8),
    )
    const times = readFileSync(join(folderOf(dataDirectory), '00000000000000000000.timeindex'))
    expect(
      [...words(times, 12)].map((at) => [
        Number(times.readBigInt64BE(at)),
        times.readInt32BE(at + 8),
      ]),
    ).toContainEqual([1_005, 5])
  })

  it('goes on where a clean end left it', () => {
    const dataDirectory = temporaryDirectory()
    let log = openLog({ dataDirectory })
    let end = 0
    for (let session = 0; session < 3; session++) {
      const bytes = batchesFrom(end, 40, { valueBytes: 700, timestamp: 1_000 + session })
      log.append(bytes, bytes.length)
      end += 40
      log.close()
      log = openLog({ dataDirectory, isClean: true, recoveryPoint: end })
      expect(log.recovered.truncated).toBeNull()
      expect(log.endOffset).toBe(end)
      expect(log.segments[0]!.largestTimestamp).toBe(1_000 + session)
    }
    log.close()
    const inOneGo = temporaryDirectory()
    const other = openLog({ dataDirectory: inOneGo })
    for (let session = 0; session < 3; session++) {
      const bytes = batchesFrom(session * 40, 40, { valueBytes: 700, timestamp: 1_000 + session })
      other.append(bytes, bytes.length)
    }
    other.close()
    for (const suffix of ['.log', '.index']) {
      const name = `00000000000000000000${suffix}`
      expect(
        readFileSync(join(folderOf(dataDirectory), name)).equals(
          readFileSync(join(folderOf(inOneGo), name)),
        ),
      ).toBe(true)
    }
  })

  it('is where a thread died: cuts to what it had written, scans nothing', () => {
    const dataDirectory = temporaryDirectory()
    const log = openLog({ dataDirectory })
    const first = batchesFrom(0, 100, { valueBytes: 500 })
    log.append(first, first.length)
    const { baseOffset: segmentBaseOffset, fileBytes } = log.activeSegment
    const more = batchesFrom(100, 3)
    log.append(more, more.length)
    log.roll()
    log.abandon()
    const writtenAtDeath = { offset: 100, segmentBaseOffset, fileBytes }
    const next = openLog({ dataDirectory, writtenAtDeath })
    expect(next.endOffset).toBe(100)
    expect(next.segments).toHaveLength(1)
    expect(statSync(join(folderOf(dataDirectory), '00000000000000000000.log')).size).toBe(fileBytes)
    expect(existsSync(join(folderOf(dataDirectory), '00000000000000000103.log'))).toBe(false)
    next.append(more, more.length)
    expect(offsetsOf(next)).toEqual(upTo(103))
    next.close()
  })
})

function* words(bytes: Uint8Array, entryBytes: number): Generator<number> {
  for (let at = 0; at < bytes.length; at += entryBytes) yield at
}
