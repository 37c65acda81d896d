import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { batchAt, batchesFrom } from '../log-batches.ts'
import { offsetsOf, openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const FIRST = '00000000000000000000'
const fileOf = (dataDirectory: string, name: string): string =>
  join(dataDirectory, 'trades-0', name)
const upTo = (end: number): number[] => Array.from({ length: end }, (_, offset) => offset)
const BATCH_BYTES = batchAt({ baseOffset: 0 }).length

/** Writes three segments of four batches each, and dies. */
function diedAfterTwelve(): string {
  const dataDirectory = temporaryDirectory()
  const log = openLog({ dataDirectory, config: { segmentBytes: 4 * BATCH_BYTES } })
  const bytes = batchesFrom(0, 12)
  log.append(bytes, bytes.length)
  log.abandon()
  return dataDirectory
}

/** Three segments of four batches each, closed. */
function closedWithTwelve(): string {
  const dataDirectory = diedAfterTwelve()
  openLog({ dataDirectory }).close()
  return dataDirectory
}

function damage(path: string, filePosition: number): void {
  const content = readFileSync(path)
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, Uint8Array.of(content[filePosition]! ^ 1), 0, 1, filePosition)
  closeSync(descriptor)
}

describe('after a crash', () => {
  it('nothing is lost of what is whole', () => {
    const dataDirectory = diedAfterTwelve()
    const log = openLog({ dataDirectory, recoveryPoint: 2 })
    expect(log.recovered.truncated).toBeNull()
    expect(offsetsOf(log)).toEqual(upTo(12))
    log.close()
  })

  it.each([1, 60, BATCH_BYTES - 1])('cuts a batch off of which %i bytes are there', (rest) => {
    const dataDirectory = diedAfterTwelve()
    truncateSync(fileOf(dataDirectory, '00000000000000000008.log'), 2 * BATCH_BYTES + rest)
    const log = openLog({ dataDirectory, recoveryPoint: 4 })
    expect(log.recovered.truncated).toEqual({
      bytes: rest,
      fromOffset: 10,
      toOffset: rest > 60 ? 11 : 10,
    })
    expect(log.endOffset).toBe(10)
    const bytes = batchesFrom(10, 2)
    log.append(bytes, bytes.length)
    expect(offsetsOf(log)).toEqual(upTo(12))
    log.close()
  })

  it.each([
    ['the length', 11],
    ['the magic', 16],
    ['the CRC', 18],
    ['a record', 80],
  ])('ends before a batch with another bit in %s, and drops what follows', (_, byte) => {
    const dataDirectory = diedAfterTwelve()
    damage(fileOf(dataDirectory, '00000000000000000004.log'), 2 * BATCH_BYTES + byte)
    const log = openLog({ dataDirectory, recoveryPoint: 6 })
    expect(log.recovered.truncated).toMatchObject({
      bytes: 6 * BATCH_BYTES,
      fromOffset: 6,
      toOffset: 8,
    })
    expect(offsetsOf(log)).toEqual(upTo(6))
    log.close()
    expect(
      readdirSync(join(dataDirectory, 'trades-0')).filter((name) =>
        name.startsWith('00000000000000000008'),
      ),
    ).toEqual([])
  })

  it('ends where a segment is missing, and where one ends too early', () => {
    const missing = diedAfterTwelve()
    rmSync(fileOf(missing, '00000000000000000004.log'))
    const log = openLog({ dataDirectory: missing })
    expect(log.recovered.truncated).toMatchObject({ fromOffset: 4 })
    log.close()
    const short = diedAfterTwelve()
    truncateSync(fileOf(short, '00000000000000000004.log'), BATCH_BYTES)
    const other = openLog({ dataDirectory: short })
    expect(offsetsOf(other)).toEqual(upTo(5))
    other.close()
  })

  it('ends where bytes were never written: a hole of zeros', () => {
    const dataDirectory = diedAfterTwelve()
    const path = fileOf(dataDirectory, '00000000000000000008.log')
    truncateSync(path, BATCH_BYTES)
    truncateSync(path, 4 * BATCH_BYTES)
    const log = openLog({ dataDirectory })
    expect(offsetsOf(log)).toEqual(upTo(9))
    log.close()
  })

  it('ends where an older file has the offsets of another place', () => {
    const dataDirectory = diedAfterTwelve()
    copyFileSync(
      fileOf(dataDirectory, `${FIRST}.log`),
      fileOf(dataDirectory, '00000000000000000004.log'),
    )
    const log = openLog({ dataDirectory })
    expect(offsetsOf(log)).toEqual(upTo(4))
    log.close()
  })

  it('refuses damage below the recovery point, changes nothing, and names it', () => {
    const dataDirectory = diedAfterTwelve()
    damage(fileOf(dataDirectory, '00000000000000000004.log'), 2 * BATCH_BYTES + 80)
    expect(() => openLog({ dataDirectory, recoveryPoint: 7 })).toThrow(
      expect.objectContaining({
        code: 'KAFKA_STORAGE_ERROR',
        details: expect.objectContaining({
          topic: 'trades',
          partition: 0,
          file: '00000000000000000004.log',
          filePosition: 2 * BATCH_BYTES,
          offset: 6,
          recoveryPoint: 7,
        }),
      }),
    )
    const log = openLog({ dataDirectory, recoveryPoint: 7, truncateCorrupt: true })
    expect(log.recovered.truncated).toMatchObject({ fromOffset: 6 })
    expect(offsetsOf(log)).toEqual(upTo(6))
    log.close()
  })

  it('refuses a log that ends before what was synced', () => {
    const dataDirectory = diedAfterTwelve()
    expect(() => openLog({ dataDirectory, recoveryPoint: 13 })).toThrow(
      expect.objectContaining({ code: 'KAFKA_STORAGE_ERROR' }),
    )
    const log = openLog({ dataDirectory, recoveryPoint: 13, truncateCorrupt: true })
    expect(log.endOffset).toBe(12)
    log.close()
  })

  it('makes the indexes anew', () => {
    const dataDirectory = temporaryDirectory()
    const bytes = batchesFrom(0, 200, { valueBytes: 300 })
    let log = openLog({ dataDirectory })
    log.append(bytes, bytes.length)
    log.close()
    const indexes = ['.index', '.timeindex'].map((suffix) => fileOf(dataDirectory, FIRST + suffix))
    const before = indexes.map((path) => readFileSync(path))
    expect(before[0]!.length).toBeGreaterThan(8)
    for (const spoil of [
      rmSync,
      (path: string) => truncateSync(path, 7),
      (path: string) => writeFileSync(path, 'rubbish of 24 bytes.....'),
    ]) {
      for (const path of indexes) spoil(path)
      log = openLog({ dataDirectory })
      log.close()
      expect(indexes.map((path) => readFileSync(path))).toEqual(before)
    }
    for (const path of indexes) rmSync(path)
    log = openLog({ dataDirectory, isClean: true, recoveryPoint: 200 })
    expect(log.endOffset).toBe(200)
    log.close()
    expect(indexes.map((path) => readFileSync(path))).toEqual(before)
  })

  it('begins anew at the start of the log where all before it is lost', () => {
    const dataDirectory = diedAfterTwelve()
    const log = openLog({ dataDirectory, logStartOffset: 20 })
    expect([log.logStartOffset, log.endOffset, log.segments.length]).toEqual([20, 20, 1])
    log.close()
  })

  it('drops what was deleted or cleaned by half, and what belongs to no segment', () => {
    const dataDirectory = diedAfterTwelve()
    for (const name of [
      `${FIRST}.log.deleted`,
      `${FIRST}.log.cleaned`,
      '00000000000000000002.index',
    ]) {
      writeFileSync(fileOf(dataDirectory, name), 'x')
    }
    const log = openLog({ dataDirectory })
    expect(offsetsOf(log)).toEqual(upTo(12))
    log.close()
    const names = readdirSync(join(dataDirectory, 'trades-0'))
    expect(names.filter((name) => /deleted|cleaned|02\.index/.test(name))).toEqual([])
  })

  it('puts what was cleaned in the place of what it was made from', () => {
    const dataDirectory = diedAfterTwelve()
    const kept = Buffer.concat([batchAt({ baseOffset: 1 }), batchAt({ baseOffset: 7 })])
    writeFileSync(fileOf(dataDirectory, `${FIRST}.log.swap`), kept)
    writeFileSync(fileOf(dataDirectory, `${FIRST}.index.swap`), '')
    const log = openLog({ dataDirectory, recoveryPoint: 8, config: { cleanupPolicy: ['compact'] } })
    expect(offsetsOf(log)).toEqual([1, 7, 8, 9, 10, 11])
    log.close()
  })
})

describe('what was synced, and then changed by another hand', () => {
  const [second, third] = ['00000000000000000004', '00000000000000000008']

  const spoils: Array<[string, number, (path: string, dataDirectory: string) => void]> = [
    ['emptied', 4, (path) => truncateSync(path, 0)],
    ['cut between two batches', 6, (path) => truncateSync(path, 2 * BATCH_BYTES)],
    ['cut within a batch', 6, (path) => truncateSync(path, 2 * BATCH_BYTES + 70)],
    ['longer', 8, (path) => writeFileSync(path, 'some more', { flag: 'a' })],
    ['taken away', 4, (path) => rmSync(path)],
    [
      'another one',
      4,
      (path, dataDirectory) => copyFileSync(fileOf(dataDirectory, `${FIRST}.log`), path),
    ],
  ]

  it.each(spoils)('is damage, where a full segment is %s', (_, endOffset, spoil) => {
    for (const start of [{ isClean: true, recoveryPoint: 12 }, { recoveryPoint: 10 }]) {
      const dataDirectory = closedWithTwelve()
      spoil(fileOf(dataDirectory, `${second}.log`), dataDirectory)
      expect(() => openLog({ dataDirectory, ...start })).toThrow(
        expect.objectContaining({
          code: 'KAFKA_STORAGE_ERROR',
          message: expect.stringContaining(`offset=${endOffset}`),
        }),
      )
      const log = openLog({ dataDirectory, ...start, truncateCorrupt: true })
      expect(offsetsOf(log)).toEqual(upTo(endOffset))
      log.close()
    }
  })

  it('is damage, where a segment of a compacted log is emptied', () => {
    const dataDirectory = closedWithTwelve()
    const path = fileOf(dataDirectory, `${second}.log`)
    truncateSync(path, 0)
    const config = { cleanupPolicy: ['compact'] as const }
    const start = { dataDirectory, config, isClean: true, recoveryPoint: 12 }
    expect(() => openLog(start)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(path) }),
    )
    const log = openLog({ ...start, truncateCorrupt: true })
    expect(offsetsOf(log)).toEqual([...upTo(4), 8, 9, 10, 11])
    log.close()
  })

  it('is damage, where the last batch has another offset, which no CRC covers', () => {
    const dataDirectory = closedWithTwelve()
    const path = fileOf(dataDirectory, `${third}.log`)
    damage(path, 3 * BATCH_BYTES + 5)
    const start = { dataDirectory, isClean: true, recoveryPoint: 12 }
    expect(() => openLog(start)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('offset=11') }),
    )
    const log = openLog({ ...start, truncateCorrupt: true })
    expect(offsetsOf(log)).toEqual(upTo(11))
    log.close()
  })

  it('does not count where the log starts after it', () => {
    const dataDirectory = closedWithTwelve()
    truncateSync(fileOf(dataDirectory, `${second}.log`), 0)
    const log = openLog({ dataDirectory, isClean: true, recoveryPoint: 12, logStartOffset: 8 })
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([Number(third)])
    log.close()
  })

  it.each([-2, -1, 1, 2 ** 30])(
    'is no damage, where the last index entry leads to %i',
    (position) => {
      for (const name of [second, third]) {
        const dataDirectory = closedWithTwelve()
        const entry = Buffer.alloc(8)
        entry.writeInt32BE(position, 4)
        writeFileSync(fileOf(dataDirectory, `${name}.index`), entry)
        const log = openLog({ dataDirectory, isClean: true, recoveryPoint: 12 })
        expect(offsetsOf(log)).toEqual(upTo(12))
        log.close()
      }
    },
  )
})
