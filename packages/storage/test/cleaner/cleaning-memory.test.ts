import { expect, test } from 'vitest'
import { cleanLog } from '../../src/cleaner/clean-log.ts'
import { CleaningMemory } from '../../src/cleaner/cleaning-memory.ts'
import { OffsetMap } from '../../src/cleaner/offset-map.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { contentOf, keyedBatch } from './keyed-batches.ts'

const SECRET = new Uint8Array(16)
const MEBIBYTE = 2 ** 20

function keyOf(name: number): Uint8Array {
  return Buffer.from(`key ${name}`)
}

/** A log whose segments, but for the last, hold batches of these sizes, each with two keys of its own. */
function logOf(segments: ReadonlyArray<readonly number[]>): SegmentedLog {
  const log = openLog({
    dataDirectory: temporaryDirectory(),
    config: { segmentBytes: 64 * MEBIBYTE, cleanupPolicy: ['compact'] },
  })
  for (const sizes of segments) {
    for (const bytes of sizes) {
      const baseOffset = log.endOffset
      const value = `${baseOffset} `.padEnd(bytes / 2, '.')
      const keys = [`${baseOffset}`, `${baseOffset} too`]
      const batch = keyedBatch({ baseOffset, records: keys.map((key) => ({ key, value })) })
      log.append(batch, batch.length)
    }
    log.roll()
  }
  for (const sealed of log.takeSealed()) sealed.close()
  return log
}

/** A round over all that is sealed. */
function clean(log: SegmentedLog, memory: CleaningMemory): void {
  cleanLog({
    fileSystem: nodeFileSystem,
    job: {
      folder: log.folder.path,
      segments: log.segments.slice(0, -1),
      firstDirtyOffset: 0,
      nowMs: 0,
      deleteRetentionMs: 0,
      segmentBytes: 1,
      maxKeys: 100_000,
    },
    memory,
    assertWanted: () => undefined,
    onCleaned: (segment) => log.sealed.replace(segment),
  })
  memory.release()
}

test('a round leaves no buffers to be collected', () => {
  const log = logOf([Array<number>(150).fill(8_000)])
  const memory = new CleaningMemory(nodeFileSystem, SECRET)
  clean(log, memory)
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  for (let round = 0; round < 40; round++) {
    clean(log, memory)
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  // Each round reads and writes 1.2 MiB.
  expect(most).toBeLessThan(4 * MEBIBYTE)
  log.abandon()
})

test('batches that are larger than what is written at once stay whole, beside small ones', () => {
  const log = logOf([
    [100, 1.5 * MEBIBYTE, 200, 700_000, 700_000, 300],
    [2.5 * MEBIBYTE, 100],
  ])
  const before = contentOf(log)
  clean(log, new CleaningMemory(nodeFileSystem, SECRET))
  expect(contentOf(log)).toEqual(before)
  log.abandon()
})

test('a map that was emptied has nothing of what it had, whatever its sizes', () => {
  const map = new OffsetMap(SECRET)
  const get = (name: number): number => map.get(keyOf(name), 0, keyOf(name).length)
  for (const [use, size] of [200, 20, 200, 1, 300].entries()) {
    map.reset(size)
    for (let name = 0; name < 300; name++) expect(get(name)).toBe(-1)
    for (let name = 0; name < size; name++) {
      const key = keyOf(name)
      expect(map.tryPut(key, 0, key.length, 1_000 * use + name)).toBe(true)
    }
    expect(map.tryPut(Buffer.from('one more'), 0, 8, 0)).toBe(false)
    for (let name = 0; name < size; name++) expect(get(name)).toBe(1_000 * use + name)
  }
})

test('a map that was large gives its memory up, and takes keys again once it is emptied', () => {
  const map = new OffsetMap(SECRET)
  const key = Buffer.from('key')
  for (const [maxKeys, keptBytes] of [
    [100, 112 * 24 + 24],
    [2_000_000, 0],
  ] as const) {
    map.reset(maxKeys)
    map.release()
    expect(map.memoryBytes).toBe(keptBytes)
    map.reset(10)
    expect(map.tryPut(key, 0, 3, 7)).toBe(true)
    expect(map.get(key, 0, 3)).toBe(7)
  }
})
