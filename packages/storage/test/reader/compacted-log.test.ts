import {
  READ_NEEDS_LOAD,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
} from '@ringlog/core/internal'
import { STORAGE_FAILED } from '@ringlog/core/internal/storage'
import { SEED } from '@ringlog/test-kit'
import fc from 'fast-check'
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TieredLogReader } from '../../src/reader/tiered-log-reader.ts'
import { CompactedRig } from './compacted-rig.ts'
import { readFrom, recordsIn, type LoadWay } from './disk-rig.ts'

const VALUE = 'x'.repeat(700)

/** Segments of a few batches; most of their records are outdated. */
function filled(rounds = 30): CompactedRig {
  const rig = new CompactedRig()
  for (let round = 0; round < rounds; round++) {
    const key = round % 5 === 0 ? `only-${round}` : 'often'
    rig.appendKeyed([{ key, value: `${round} ${VALUE}`, timestamp: 100 + round }])
  }
  rig.write()
  rig.evict()
  return rig
}

describe.each<LoadWay>(['load', 'loadSync'])('a compacted log, read by %s', (way) => {
  test('gives what is left, from its start and from within its gaps', async () => {
    const rig = filled()
    rig.clean()
    const reader = new TieredLogReader(rig.memory, rig.directory)
    const { records, status } = await readFrom(reader, 0, way)
    expect(status).toBe(READ_NOTHING_NEW)
    const left = rig.written.filter((record) => !rig.isOutdated(record))
    const offsets = records.map(({ offset }) => offset)
    expect(offsets).toEqual(expect.arrayContaining(left.map(({ offset }) => offset)))
    expect(offsets.length).toBeLessThan(15)
    for (let offset = 0; offset < rig.written.length; offset++) {
      const from = await readFrom(reader, offset, way, 2_000)
      expect(from.records).toEqual(records.filter((record) => record.offset >= offset))
    }
    reader.close()
  })

  test('gives what stands after the place where it had come to, though that is another place by then (INV-150)', async () => {
    const rig = filled(90)
    const reader = new TieredLogReader(rig.memory, rig.directory)
    const result = new ReadResult()
    const target = new Uint8Array(2_000)
    const readOne = async (offset: number): Promise<number[]> => {
      for (;;) {
        reader.read(offset, target, result)
        if (result.status !== READ_NEEDS_LOAD) break
        if (way === 'load') await reader.load(offset)
        else reader.loadSync(offset)
      }
      expect(result.status).toBe(READ_OK)
      return recordsIn(target.subarray(0, result.copiedBytes)).map((record) => record.offset)
    }
    let offset = 0
    const read: number[] = []
    while (offset < 85) {
      read.push(...(await readOne(offset)))
      offset = result.nextOffset
      if (offset % 8 === 0) rig.clean()
    }
    for (const record of rig.written.slice(0, offset)) {
      if (!rig.isOutdated(record)) expect(read).toContain(record.offset)
    }
    reader.close()
  })
})

test('nothing is looked for while files are swapped (INV-150)', async () => {
  const rig = filled()
  const reader = new TieredLogReader(rig.memory, rig.directory)
  const names = readdirSync(rig.directory).filter((name) => name.endsWith('.log'))
  const second = join(rig.directory, names.sort()[1]!)
  rig.storage.beginFileSwap()
  renameSync(second, `${second}.deleted`)
  const loaded = readFrom(reader, 0)
  // It would go from the first segment to the third, and take what is missing for a gap.
  await new Promise((resolve) => setTimeout(resolve, 20))
  renameSync(`${second}.deleted`, second)
  rig.storage.endFileSwap()
  const { records } = await loaded
  expect(records.map(({ offset }) => offset)).toEqual(rig.written.map(({ offset }) => offset))
  reader.close()
})

describe('a swap that the storage thread has died in', () => {
  test('is waited for until another has finished it', async () => {
    const rig = filled()
    const reader = new TieredLogReader(rig.memory, rig.directory)
    rig.storage.beginFileSwap()
    let isLoaded = false
    const loaded = reader.load(0).then(() => (isLoaded = true))
    // For longer than anything else is looked for that should be there.
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(isLoaded).toBe(false)
    rig.storage.endFileSwap()
    await loaded
    expect((await readFrom(reader, 0)).records).toHaveLength(30)
    reader.close()
  })

  test('blocks a thread for a moment, which then may try again', () => {
    const rig = filled()
    const reader = new TieredLogReader(rig.memory, rig.directory)
    rig.storage.beginFileSwap()
    expect(reader.loadSync(0)).toBe(false)
    rig.storage.endFileSwap()
    expect(reader.loadSync(0)).toBe(true)
    reader.close()
  })

  test('is waited for no more where the disk has failed, or the reader is closed', async () => {
    const rig = filled()
    const reader = new TieredLogReader(rig.memory, rig.directory)
    rig.storage.beginFileSwap()
    const loaded = reader.load(0)
    const found = reader.findByTimestamp(100)
    await new Promise((resolve) => setTimeout(resolve, 20)) // both wait by now
    reader.close()
    const halfSwapped = expect.objectContaining({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining('have taken the place of others by half'),
    })
    await expect(loaded).rejects.toEqual(halfSwapped)
    rig.storage.setState(STORAGE_FAILED)
    await expect(found).rejects.toEqual(halfSwapped)
    expect(() => reader.loadSync(0)).toThrow(halfSwapped)
    await expect(reader.load(0)).rejects.toEqual(halfSwapped)
    reader.close()
  })
})

test('findByTimestamp gives the first record that is left', async () => {
  const rig = filled()
  const reader = new TieredLogReader(rig.memory, rig.directory)
  rig.clean()
  const { records } = await readFrom(reader, 0)
  for (let timestamp = 90; timestamp <= 131; timestamp++) {
    const first = records.find((record) => record.timestamp >= timestamp)
    const expected = first && { offset: first.offset, timestamp: first.timestamp }
    expect(await reader.findByTimestamp(timestamp)).toEqual(expected ?? null)
  }
  reader.close()
})

const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 }),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('write' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('evict' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('clean' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      reader: fc.constantFrom(0, 1),
      turns: fc.integer({ min: 0, max: 4 }),
      isBlocking: fc.boolean(),
    }),
  },
)

/** Goes through a log, from its start, as a consumer does. */
class Follower {
  readonly #rig: CompactedRig
  readonly #reader: TieredLogReader
  readonly #result = new ReadResult()
  #load: Promise<void> = Promise.resolve()
  #position = 0

  constructor(rig: CompactedRig) {
    this.#rig = rig
    this.#reader = new TieredLogReader(rig.memory, rig.directory)
  }

  step(isBlocking: boolean): void {
    const target = new Uint8Array(8_000)
    const from = this.#position
    this.#reader.read(from, target, this.#result)
    const { status, nextOffset, copiedBytes } = this.#result
    if (status === READ_NEEDS_LOAD) {
      if (isBlocking) this.#reader.loadSync(from)
      else this.#load = this.#reader.load(from)
    }
    if (status === READ_OUT_OF_RANGE) throw new Error(`${from} is out of range`)
    if (status !== READ_OK) return
    const read = recordsIn(target.subarray(0, copiedBytes)).filter(({ offset }) => offset >= from)
    for (const { offset, value } of read) expect(value).toBe(this.#rig.written[offset]!.value)
    const offsets = new Set(read.map(({ offset }) => offset))
    for (const record of this.#rig.written.slice(from, nextOffset)) {
      if (!offsets.has(record.offset))
        expect([record.offset, this.#rig.isOutdated(record)]).toEqual([record.offset, true])
    }
    this.#position = nextOffset
  }

  async end(): Promise<void> {
    await this.#load
    while (this.#position < this.#rig.storage.highWatermark) {
      this.step(false)
      await this.#load
    }
    this.#reader.close()
  }
}

test(`nobody misses the latest record of a key, whenever files are swapped, seed ${SEED}`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
      const rig = new CompactedRig()
      const followers = [new Follower(rig), new Follower(rig)]
      for (const each of operations) {
        if (each.kind === 'append') {
          for (let i = 0; i < each.count; i++) {
            rig.appendKeyed(each.keys.map((key) => ({ key, value: `${i} ${VALUE.slice(0, 150)}` })))
          }
        } else if (each.kind === 'write') rig.write()
        else if (each.kind === 'evict') rig.evict()
        else if (each.kind === 'clean') rig.clean()
        else {
          followers[each.reader]!.step(each.isBlocking)
          for (let turn = 0; turn < each.turns; turn++)
            await new Promise((resolve) => setImmediate(resolve))
        }
      }
      rig.write()
      for (const follower of followers) await follower.end()
      rig.log.abandon()
    }),
    { numRuns: 60, seed: SEED },
  )
})
