import {
  READ_NEEDS_LOAD,
  READ_NOTHING_NEW,
  READ_OUT_OF_RANGE,
  ReadResult,
  RingLogReader,
} from '@ringlog/core/internal'
import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { threadFiles } from '../../src/reader/open-files.ts'
import { TieredLogReader } from '../../src/reader/tiered-log-reader.ts'
import { DiskRig, batchOf, readFrom, type LoadWay } from './disk-rig.ts'

const WAYS: readonly LoadWay[] = ['load', 'loadSync']

/** So many records in small segments, none of them in the ring any more. */
function evictedRig(count = 200, valueBytes = 100): { rig: DiskRig; reader: TieredLogReader } {
  const rig = new DiskRig()
  rig.appendMany(count, valueBytes)
  rig.write()
  rig.evict()
  return { rig, reader: new TieredLogReader(rig.memory, rig.directory) }
}

function offsetsFrom(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
}

describe.each(WAYS)('a log on disk, read by %s', (way) => {
  test('is read from its files where the ring has evicted it, and then from the ring', async () => {
    const { rig, reader } = evictedRig()
    rig.appendMany(20, 100)
    rig.write(10)
    expect(rig.log.segments.length).toBeGreaterThan(3)
    for (const start of [0, 1, 99, 199, 200, 205]) {
      const { records, status } = await readFrom(reader, start, way)
      expect(records.map(({ offset }) => offset)).toEqual(offsetsFrom(start, 210))
      expect(records.every(({ offset, value }) => value.startsWith(`${offset}:`))).toBe(true)
      expect(status).toBe(READ_NOTHING_NEW)
    }
    expect([reader.logStartOffset, reader.endOffset]).toEqual([0, 210])
    expect((await readFrom(reader, 211, way)).status).toBe(READ_OUT_OF_RANGE)
    expect((await readFrom(reader, -1, way)).status).toBe(READ_OUT_OF_RANGE)
  })

  test('is read up to the high watermark, whatever stands in the file after it (INV-140)', async () => {
    const { rig, reader } = evictedRig()
    const file = `${rig.directory}/${logNames(rig).at(-1)!}`
    const whole = readFileSync(file)
    const batchBytes = whole.readInt32BE(8) + 12
    for (const rest of [20, 61, 100, batchBytes]) {
      // As if the next batch had just been written up to here: the last one again, with other offsets.
      const part = Buffer.from(whole.subarray(-batchBytes)).subarray(0, rest)
      part.writeBigInt64BE(200n)
      writeFileSync(file, Buffer.concat([whole, part]))
      const { records, status } = await readFrom(reader, 0, way)
      expect(records.length).toBe(200)
      expect(status).toBe(READ_NOTHING_NEW)
    }
  })

  test('gives batches that are larger than what is read at a time', async () => {
    const rig = new DiskRig()
    // Larger than a chunk only together with what lies before it, and larger than the target.
    rig.appendMany(200, 15_000)
    rig.write()
    rig.evict()
    const reader = new TieredLogReader(rig.memory, rig.directory)
    const { records } = await readFrom(reader, 3, way, 64)
    expect(records.map(({ offset }) => offset)).toEqual(offsetsFrom(3, 200))
  })

  test('has no record before its start, once that has moved', async () => {
    const { rig, reader } = evictedRig()
    await readFrom(reader, 0, way)
    rig.log.deleteBefore(120)
    for (const start of [0, 119]) {
      expect(await readFrom(reader, start, way)).toEqual({ records: [], status: READ_OUT_OF_RANGE })
    }
    expect((await readFrom(reader, 120, way)).records[0]!.offset).toBe(120)
    expect(reader.logStartOffset).toBe(120)
  })

  test('is out of range where its files go between the look and the load', async () => {
    const { rig, reader } = evictedRig()
    const result = new ReadResult()
    reader.read(10, new Uint8Array(1_000), result)
    expect(result.status).toBe(READ_NEEDS_LOAD)
    rig.log.deleteBefore(190)
    if (way === 'load') await reader.load(10)
    else reader.loadSync(10)
    reader.read(10, new Uint8Array(1_000), result)
    expect(result.status).toBe(READ_OUT_OF_RANGE)
  })

  test('is read to its end although files that the reader knows are gone, or come meanwhile', async () => {
    const { rig, reader } = evictedRig()
    await readFrom(reader, 0, way)
    rig.appendMany(300, 100)
    rig.write()
    rig.evict()
    rig.log.deleteBefore(150)
    const { records } = await readFrom(reader, 199, way)
    expect(records.map(({ offset }) => offset)).toEqual(offsetsFrom(199, 500))
  })

  test('says CORRUPT_MESSAGE for a batch that is damaged, and where; what is around it can be read', async () => {
    const { rig, reader } = evictedRig()
    const file = `${rig.directory}/${logNames(rig)[1]!}`
    const bytes = readFileSync(file)
    const batchBytes = bytes.readInt32BE(8) + 12
    bytes[3 * batchBytes + 100]! ^= 1
    writeFileSync(file, bytes)
    const damaged = Number(logNames(rig)[1]!.slice(0, 20)) + 3
    const error = await readFrom(reader, 0, way).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringContaining(
        `file=${file}, filePosition=${3 * batchBytes}, offset=${damaged}`,
      ),
      details: { file, filePosition: 3 * batchBytes, offset: damaged, lastOffset: damaged },
    })
    // It is the same again, and what comes before it and after it is there.
    const before = await readFrom(reader, damaged - 2, way).catch((reason: unknown) => reason)
    expect(before).toMatchObject({ code: 'CORRUPT_MESSAGE' })
    const { records } = await readFrom(reader, damaged + 1, way)
    expect(records.map(({ offset }) => offset)).toEqual(offsetsFrom(damaged + 1, 200))
  })

  test.each([
    ['magic', 16, 1],
    ['length', 11, 0xff],
    ['base offset', 7, 0xff],
  ])('says CORRUPT_MESSAGE for a header with another %s', async (_, at, value) => {
    const { rig, reader } = evictedRig()
    const file = `${rig.directory}/${logNames(rig)[1]!}`
    const bytes = readFileSync(file)
    bytes[at] = value
    writeFileSync(file, bytes)
    await expect(readFrom(reader, 0, way)).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE' })
  })

  test('is found without indexes, and with damaged ones', async () => {
    const { rig, reader } = evictedRig()
    const names = readdirSync(rig.directory).filter((name) => name.endsWith('index'))
    for (const [i, name] of names.entries()) {
      const path = `${rig.directory}/${name}`
      const { size } = statSync(path)
      if (i % 3 === 0) rmSync(path)
      else if (i % 3 === 1) writeFileSync(path, Buffer.alloc(size, 7))
      else truncateSync(path, Math.max(0, size - 3))
    }
    for (let start = 0; start < 200; start += 7) {
      const { records } = await readFrom(reader, start, way)
      expect(records.length).toBe(200 - start)
    }
  })

  test.each([
    ['a later batch', (position: number, batchBytes: number) => position + batchBytes],
    ['the end of the file and more', () => 2 ** 30],
    ['no place at all', () => -2],
  ])('is found whole with an index that leads to %s', async (_, positionOf) => {
    const { rig, reader } = evictedRig()
    for (const name of readdirSync(rig.directory).filter((each) => each.endsWith('.index'))) {
      const batchBytes = readFileSync(`${rig.directory}/${logNames(rig)[1]!}`).readInt32BE(8) + 12
      const index = readFileSync(`${rig.directory}/${name}`)
      for (let at = 4; at < index.length; at += 8) {
        index.writeInt32BE(positionOf(index.readInt32BE(at), batchBytes), at)
      }
      writeFileSync(`${rig.directory}/${name}`, index)
    }
    for (let start = 0; start < 200; start += 3) {
      const { records } = await readFrom(reader, start, way)
      expect(records.length).toBe(200 - start)
      reader.close() // the next start is looked for in the index
    }
  })

  test('says KAFKA_STORAGE_ERROR where a file is missing that should be there', async () => {
    const { rig, reader } = evictedRig()
    rmSync(`${rig.directory}/${logNames(rig)[0]!}`)
    await expect(readFrom(reader, 0, way)).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(`directory=${rig.directory}, offset=0`),
    })
    rmSync(rig.directory, { recursive: true })
    await expect(readFrom(reader, 0, way)).rejects.toMatchObject({ code: 'KAFKA_STORAGE_ERROR' })
  })

  test('has files open only while it is read from them', async () => {
    const before = threadFiles.size
    const { rig, reader } = evictedRig()
    const openBefore = openFilesIn(rig.directory)
    const target = new Uint8Array(1_000)
    const result = new ReadResult()
    if (way === 'load') await reader.load(0)
    else reader.loadSync(0)
    reader.read(0, target, result)
    expect(threadFiles.size).toBeGreaterThan(before)
    // At the end of the log it is the ring that is read.
    await readFrom(reader, result.nextOffset, way)
    expect(threadFiles.size).toBe(before)
    if (way === 'load') await reader.load(0)
    else reader.loadSync(0)
    expect(threadFiles.size).toBeGreaterThan(before)
    reader.close()
    expect(threadFiles.size).toBe(before)
    await expect.poll(() => openFilesIn(rig.directory)).toBe(openBefore)
  })
})

describe('a log on disk', () => {
  test('is read from its files where the ring evicts an offset between the look and the copy', async () => {
    const rig = new DiskRig()
    rig.appendMany(20, 100)
    rig.write()
    const reader = new TieredLogReader(rig.memory, rig.directory)
    const { prototype } = RingLogReader
    const read = Reflect.get(prototype, 'read')
    const spy = vi.spyOn(prototype, 'read').mockImplementationOnce(function (
      this: RingLogReader,
      ...args
    ) {
      rig.evict()
      read.apply(this, args)
    })
    const { records } = await readFrom(reader, 5)
    spy.mockRestore()
    expect(records.map(({ offset }) => offset)).toEqual(offsetsFrom(5, 20))
  })

  test('is read from its files up to where the ring starts, though the offset of the high watermark is stored later', async () => {
    const rig = new DiskRig()
    rig.appendMany(20, 100)
    rig.write()
    // INV-111: the position is stored first, and the ring may evict by the next high watermark at once.
    rig.storage.advanceHighWatermark(rig.storage.highWatermarkPosition, 8)
    rig.writer.evictOlderThan(Infinity, 20)
    const reader = new TieredLogReader(rig.memory, rig.directory)
    const { records, status } = await readFrom(reader, 5)
    expect(records.map(({ offset }) => offset)).toEqual(offsetsFrom(5, 20))
    expect(status).toBe(READ_NOTHING_NEW)
  })

  test('is loaded for the offset that was asked for last, whichever load ends first', async () => {
    const { reader } = evictedRig()
    const result = new ReadResult()
    const target = new Uint8Array(1_000)
    const loads = [10, 150, 80].map((offset) => reader.load(offset))
    await Promise.all(loads)
    reader.read(80, target, result)
    expect(result.nextOffset).toBeGreaterThan(80)
    const one = reader.load(30)
    expect(reader.load(30)).toBe(one)
    reader.loadSync(120)
    await one
    reader.read(120, target, result)
    expect(result.nextOffset).toBeGreaterThan(120)
  })

  test('leaves no file open that a load opens after it was closed', async () => {
    const before = threadFiles.size
    const { rig, reader } = evictedRig()
    const openBefore = openFilesIn(rig.directory)
    const load = reader.load(0)
    reader.close()
    await load
    await expect.poll(() => openFilesIn(rig.directory)).toBe(openBefore)
    expect(threadFiles.size).toBe(before)
  })

  test('is searched by time on disk and in the ring', async () => {
    const rig = new DiskRig()
    for (let i = 0; i < 220; i++) {
      rig.append(batchOf([{ value: String(i).padEnd(100), timestamp: i * 10 }]))
      if (i === 199) {
        rig.write()
        rig.evict()
      }
    }
    rig.write()
    const reader = new TieredLogReader(rig.memory, rig.directory)
    const openBefore = openFilesIn(rig.directory)
    const at = (timestamp: number): ReturnType<TieredLogReader['findByTimestamp']> =>
      reader.findByTimestamp(timestamp)
    expect(await at(0)).toEqual({ offset: 0, timestamp: 0 })
    for (const offset of [1, 57, 100, 199, 200, 219]) {
      const found = { offset, timestamp: offset * 10 }
      expect([await at(offset * 10 - 9), await at(offset * 10)]).toEqual([found, found])
    }
    expect(await at(2_191)).toBeNull()
    rig.log.deleteBefore(55)
    expect(await at(0)).toEqual({ offset: 55, timestamp: 550 })
    for (const name of readdirSync(rig.directory)) {
      if (name.endsWith('.timeindex')) rmSync(`${rig.directory}/${name}`)
    }
    expect(await at(1_001)).toEqual({ offset: 101, timestamp: 1_010 })
    await expect.poll(() => openFilesIn(rig.directory)).toBe(openBefore)
  })
})

/** Names of the `.log` files, in order. */
function logNames({ directory }: DiskRig): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
}

/** How many files of a folder this process has open; 0 where the system does not say so. */
function openFilesIn(directory: string): number {
  if (!existsSync('/proc/self/fd')) return 0
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory)
    } catch {
      return false // closed meanwhile
    }
  }).length
}
