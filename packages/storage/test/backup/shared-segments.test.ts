import { closeSync, linkSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { batchAt, batchesFrom } from '../log-batches.ts'
import { offsetsOf, openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const BATCH_BYTES = batchAt({ baseOffset: 0 }).length
const CONFIG = { segmentBytes: 4 * BATCH_BYTES }

const nameOf = (baseOffset: number): string => `${String(baseOffset).padStart(20, '0')}.log`

/** Writes three segments of four batches each, and gives what a backup would share: links to all `.log` files. */
function shared(end: (log: ReturnType<typeof openLog>) => void): {
  dataDirectory: string
  pathOf: (baseOffset: number) => string
  linkOf: (baseOffset: number) => string
} {
  const [dataDirectory, backup] = [temporaryDirectory(), temporaryDirectory()]
  const log = openLog({ dataDirectory, config: CONFIG })
  const bytes = batchesFrom(0, 12)
  log.append(bytes, bytes.length)
  end(log)
  const pathOf = (baseOffset: number): string => join(dataDirectory, 'trades-0', nameOf(baseOffset))
  const linkOf = (baseOffset: number): string => join(backup, nameOf(baseOffset))
  for (const baseOffset of [0, 4, 8]) linkSync(pathOf(baseOffset), linkOf(baseOffset))
  return { dataDirectory, pathOf, linkOf }
}

function damage(path: string, filePosition: number): void {
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, Uint8Array.of(readFileSync(path)[filePosition]! ^ 1), 0, 1, filePosition)
  closeSync(descriptor)
}

it('a log that is cut at damage leaves the file as it is that a backup has as well (D-30)', () => {
  const { dataDirectory, pathOf, linkOf } = shared((log) => log.abandon())
  damage(pathOf(4), BATCH_BYTES + 80)
  const before = readFileSync(linkOf(4))
  const log = openLog({ dataDirectory, config: CONFIG, recoveryPoint: 4 })
  const bytes = batchesFrom(5, 2)
  log.append(bytes, bytes.length)
  expect(offsetsOf(log)).toEqual([0, 1, 2, 3, 4, 5, 6])
  log.close()
  expect(readFileSync(linkOf(4))).toEqual(before)
})

it('a log goes on in a file of its own after a clean end, too', () => {
  const { dataDirectory, pathOf, linkOf } = shared((log) => log.close())
  const before = readFileSync(linkOf(8))
  const log = openLog({ dataDirectory, config: CONFIG, recoveryPoint: 12, isClean: true })
  expect(statSync(pathOf(8)).ino).not.toBe(statSync(linkOf(8)).ino)
  expect(statSync(pathOf(4)).ino).toBe(statSync(linkOf(4)).ino)
  const bytes = batchesFrom(12, 1)
  log.append(bytes, bytes.length)
  log.close()
  expect(readFileSync(linkOf(8))).toEqual(before)
})
