import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { batchAt, batchesFrom } from '../log-batches.ts'
import { offsetsOf, openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const BATCH_BYTES = batchAt({ baseOffset: 0 }).length
const CONFIG = { segmentBytes: 4 * BATCH_BYTES }
const TWELVE = Array.from({ length: 12 }, (_, offset) => offset)

/** Three segments of four batches each, of a process that was killed. */
function killed(end: (log: ReturnType<typeof openLog>) => void = () => {}): string {
  const dataDirectory = temporaryDirectory()
  const log = openLog({ dataDirectory, config: CONFIG })
  const bytes = batchesFrom(0, 12)
  log.append(bytes, bytes.length)
  end(log)
  log.abandon()
  return dataDirectory
}

function inodesOf(dataDirectory: string): number[] {
  const names = [0, 4, 8].map((baseOffset) => `${String(baseOffset).padStart(20, '0')}.log`)
  return names.map((name) => statSync(join(dataDirectory, 'trades-0', name)).ino)
}

/** Which of the three files are new after a start. */
function renewedBy(dataDirectory: string, recoveryPoint: number): boolean[] {
  const before = inodesOf(dataDirectory)
  const log = openLog({ dataDirectory, config: CONFIG, recoveryPoint })
  expect(offsetsOf(log)).toEqual(TWELVE)
  log.abandon()
  return inodesOf(dataDirectory).map((inode, index) => inode !== before[index])
}

it('what lies past the recovery point is written anew, once (D-32)', () => {
  const dataDirectory = killed((log) => log.distrust())
  expect(renewedBy(dataDirectory, 5)).toEqual([false, true, true])
  expect(renewedBy(dataDirectory, 5)).toEqual([false, false, false])
})

it('a process that was killed otherwise has its files taken as they are', () => {
  expect(renewedBy(killed(), 0)).toEqual([false, false, false])
})

it('where the start cannot sync what it writes, the next one writes it anew as well', () => {
  const dataDirectory = killed()
  const fileSystem = {
    ...nodeFileSystem,
    sync(): never {
      throw Object.assign(new Error('EIO: fdatasync'), { code: 'EIO', syscall: 'fdatasync' })
    },
  }
  expect(() => openLog({ dataDirectory, config: CONFIG, fileSystem })).toThrow('EIO')
  expect(renewedBy(dataDirectory, 5)).toEqual([false, true, true])
})

it('a thread that died after a failed sync has its files written anew by the one after it', () => {
  const dataDirectory = killed((log) => log.distrust())
  const before = inodesOf(dataDirectory)
  const log = openLog({
    dataDirectory,
    config: CONFIG,
    recoveryPoint: 5,
    writtenAtDeath: { offset: 12, segmentBaseOffset: 8, fileBytes: 4 * BATCH_BYTES },
  })
  expect(offsetsOf(log)).toEqual(TWELVE)
  log.close()
  const renewed = inodesOf(dataDirectory).map((inode, index) => inode !== before[index])
  expect(renewed).toEqual([false, true, true])
})
