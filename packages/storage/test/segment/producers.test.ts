import { readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { describe, expect, it } from 'vitest'
import type { ProducerEntry } from '../../src/segment/producer-entries.ts'
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
} from '../../src/segment/producer-snapshot.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { batchAt } from '../log-batches.ts'
import { openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const BATCH_BYTES = batchAt({ baseOffset: 0, records: 2 }).length

/** Batches of two records, of producers 0, 1 and 2 in turn. */
function append(log: SegmentedLog, from: number, count: number): void {
  for (let index = from; index < from + count; index++) {
    const batch = batchAt({
      baseOffset: 2 * index,
      records: 2,
      timestamp: 1_000 + index,
      producer: {
        producerId: index % 3,
        producerEpoch: 7,
        baseSequence: 2 * Math.floor(index / 3),
      },
    })
    log.append(batch, batch.length)
  }
}

/** Of producers after so many batches. */
function expected(batches: number): ProducerEntry[] {
  const entries = [0, 1, 2].map((producerId): ProducerEntry => {
    const index = batches - 1 - ((batches - 1 - producerId + 3) % 3)
    return {
      producerId,
      producerEpoch: 7,
      lastSequence: 2 * Math.floor(index / 3) + 1,
      lastOffset: 2 * index + 1,
      offsetDelta: 1,
      timestamp: 1_000 + index,
    }
  })
  return entries.sort((a, b) => a.lastOffset - b.lastOffset)
}

const snapshotsIn = (dataDirectory: string): number[] =>
  readdirSync(join(dataDirectory, 'trades-0'))
    .filter((name) => name.endsWith('.snapshot'))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)

describe('producers', () => {
  it('are those of the snapshot after a clean end, of the batches after a crash', () => {
    const dataDirectory = temporaryDirectory()
    const config = { segmentBytes: 4 * BATCH_BYTES }
    const log = openLog({ dataDirectory, config })
    append(log, 0, 10)
    expect(log.producers).toEqual(expected(10))
    log.close()
    expect(snapshotsIn(dataDirectory)).toEqual([8, 16, 20])
    const clean = openLog({ dataDirectory, config, isClean: true })
    expect(clean.recovered.producers).toEqual(expected(10))
    append(clean, 10, 5)
    clean.abandon()
    const crashed = openLog({ dataDirectory, config })
    expect(crashed.recovered.producers).toEqual(expected(15))
    crashed.close()
    expect(snapshotsIn(dataDirectory)).toEqual([8, 16, 24, 30])
  })

  it('do without a snapshot that is not whole, and without any', () => {
    const dataDirectory = temporaryDirectory()
    const config = { segmentBytes: 4 * BATCH_BYTES }
    const log = openLog({ dataDirectory, config })
    append(log, 0, 11)
    log.close()
    const path = (offset: number): string =>
      join(dataDirectory, 'trades-0', `${String(offset).padStart(20, '0')}.snapshot`)
    truncateSync(path(22), 60)
    writeFileSync(path(16), readFileSync(path(16)).fill(1, 30, 31))
    for (const spoil of [() => {}, () => rmSync(path(8), { force: true })]) {
      spoil()
      const next = openLog({ dataDirectory, config })
      expect(next.recovered.producers).toEqual(expected(11))
      next.abandon()
    }
  })

  it('are as of the end where the log was cut', () => {
    const dataDirectory = temporaryDirectory()
    const log = openLog({ dataDirectory })
    append(log, 0, 10)
    log.close()
    truncateSync(join(dataDirectory, 'trades-0', '00000000000000000000.log'), 7 * BATCH_BYTES + 9)
    const cut = openLog({ dataDirectory })
    expect(cut.recovered.producers).toEqual(expected(7))
    cut.abandon()
    expect(snapshotsIn(dataDirectory)).toEqual([])
  })

  it('count on from 0 after the largest sequence', () => {
    const log = openLog({ dataDirectory: temporaryDirectory() })
    const batch = batchAt({
      baseOffset: 0,
      records: 3,
      producer: { producerId: 5, producerEpoch: 0, baseSequence: 2 ** 31 - 2 },
    })
    log.append(batch, batch.length)
    expect(log.producers).toMatchObject([{ lastSequence: 0 }])
    log.close()
  })
})

describe('a snapshot', () => {
  const producers = expected(9)

  it('has the bytes that Kafka gives it', () => {
    const bytes = Buffer.from(encodeProducerSnapshot(producers.slice(0, 1)))
    expect(bytes.toString('hex')).toBe(
      `0001${crc32c(bytes.subarray(6)).toString(16).padStart(8, '0')}00000001` +
        '0000000000000000' +
        '0007' +
        '00000005' +
        '000000000000000d' +
        '00000001' +
        '00000000000003ee' +
        'ffffffff' +
        'ffffffffffffffff',
    )
    expect(decodeProducerSnapshot(encodeProducerSnapshot(producers))).toEqual(producers)
    expect(decodeProducerSnapshot(encodeProducerSnapshot([]))).toEqual([])
  })

  it('is none with any other bit, or another length', () => {
    const bytes = encodeProducerSnapshot(producers)
    for (let byte = 0; byte < bytes.length; byte++) {
      const spoiled = Uint8Array.from(bytes)
      spoiled[byte]! ^= 1
      expect(decodeProducerSnapshot(spoiled)).toBeNull()
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeProducerSnapshot(bytes.subarray(0, length))).toBeNull()
    }
  })
})
