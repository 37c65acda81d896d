import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stageBackup, type StagedFile } from '../../src/backup/stage-backup.ts'
import type { FileSystem } from '../../src/file-system/file-system.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { batchAt, batchesFrom } from '../log-batches.ts'
import { openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const CONFIG = { segmentBytes: 4 * batchAt({ baseOffset: 0 }).length }
const NOTHING = { recoveryPoints: [], logStarts: [] }

function threeSegments(): { dataDirectory: string; log: SegmentedLog } {
  const dataDirectory = temporaryDirectory()
  const log = openLog({ dataDirectory, config: CONFIG })
  const bytes = batchesFrom(0, 10)
  log.append(bytes, bytes.length)
  return { dataDirectory, log }
}

/** `null`: the log is not open. */
function stage(
  dataDirectory: string,
  log: { segments: SegmentedLog['segments']; flushedOffset: number } | null,
  fileSystem: FileSystem = nodeFileSystem,
): Map<string, Omit<StagedFile, 'path'>> {
  const logs = new Map(log === null ? [] : [['trades-0', log]])
  const { files } = stageBackup(fileSystem, dataDirectory, logs, NOTHING)
  return new Map(files.map(({ path, ...file }) => [path.replace('trades-0/', ''), file]))
}

const logOf = (baseOffset: number): string => `${String(baseOffset).padStart(20, '0')}.log`

it('shares a full segment once it is synced, and nothing else (D-30)', () => {
  const { dataDirectory, log } = threeSegments()
  const files = stage(dataDirectory, { segments: log.segments, flushedOffset: 7 })
  const shareable = [...files].filter(([, { isShareable }]) => isShareable).map(([name]) => name)
  expect(shareable).toEqual([logOf(0)])
  log.close()
})

it('has of the active segment what is written by now, and not its indexes', () => {
  const { dataDirectory, log } = threeSegments()
  const { segments } = log
  const { fileBytes } = segments.at(-1)!
  const files = stage(dataDirectory, { segments, flushedOffset: 0 })
  const more = batchesFrom(10, 1)
  log.append(more, more.length)
  expect(files.get(logOf(8))).toMatchObject({ fileBytes, isShareable: false })
  expect(files.has(logOf(8).replace('.log', '.index'))).toBe(false)
  expect(files.has(logOf(4).replace('.log', '.index'))).toBe(true)
  log.close()
})

it('has a log whole that is not open, and what a cleaner has finished, not what it is at', () => {
  const { dataDirectory, log } = threeSegments()
  log.close()
  for (const suffix of ['.swap', '.cleaned', '.deleted', '.tmp']) {
    writeFileSync(join(dataDirectory, 'trades-0', logOf(4) + suffix), 'x')
  }
  const files = stage(dataDirectory, null)
  expect(files.get(logOf(8))).toMatchObject({ fileBytes: null, isShareable: false })
  const unfinished = [...files.keys()].filter((name) => name.startsWith(`${logOf(4)}.`))
  expect(unfinished).toEqual([`${logOf(4)}.swap`])
})

it('keeps what is deleted afterwards', () => {
  const { dataDirectory, log } = threeSegments()
  const before = readFileSync(join(dataDirectory, 'trades-0', logOf(0)))
  const logs = new Map([['trades-0', { segments: log.segments, flushedOffset: 10 }]])
  const { folder, files } = stageBackup(nodeFileSystem, dataDirectory, logs, NOTHING)
  log.deleteBefore(5)
  const { name } = files.find(({ path }) => path.endsWith(logOf(0)))!
  expect(readFileSync(join(folder, name))).toEqual(before)
  log.close()
})

it("passes over what is somebody else's: a file that is called like a partition, a folder in one", () => {
  const { dataDirectory, log } = threeSegments()
  writeFileSync(join(dataDirectory, 'notes-1'), 'x')
  mkdirSync(join(dataDirectory, 'trades-0', 'old'))
  const { segments } = log
  const logs = new Map([['trades-0', { segments, flushedOffset: 10 }]])
  const staged = stageBackup(nodeFileSystem, dataDirectory, logs, NOTHING)
  expect(staged.partitionFolders).toEqual(['trades-0'])
  const paths = staged.files.map(({ path }) => path)
  expect(paths).toContain(`trades-0/${logOf(0)}`)
  expect(paths).not.toContain('trades-0/old')
  log.close()
})

it('leaves nothing where a link cannot be made', () => {
  const { dataDirectory, log } = threeSegments()
  let links = 0
  const failing: FileSystem = {
    ...nodeFileSystem,
    link(from, to) {
      if (++links === 5) throw Object.assign(new Error('ENOSPC: link'), { code: 'ENOSPC' })
      nodeFileSystem.link(from, to)
    },
  }
  expect(() => stage(dataDirectory, null, failing)).toThrow('ENOSPC')
  expect(readdirSync(dataDirectory)).toEqual(['trades-0'])
  log.close()
})
