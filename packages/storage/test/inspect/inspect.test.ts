import {
  closeSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { inspect } from '../../src/inspect/inspect.ts'
import { batchesFrom } from '../log-batches.ts'
import { openLog } from '../open-log.ts'
import { CompactedRig, DELETE_RETENTION_MS } from '../reader/compacted-rig.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

/** A directory with one log of two segments, with the offsets 0 to 4 and 5 to 6. */
function directoryWithLog(): string {
  const dataDirectory = temporaryDirectory()
  const log = openLog({ dataDirectory })
  const first = batchesFrom(0, 5)
  log.append(first, first.length)
  log.roll()
  const second = batchesFrom(5, 2, { timestamp: 2_000 })
  log.append(second, second.length)
  log.close()
  return dataDirectory
}

function logFiles(directory: string): string[] {
  const folder = join(directory, 'trades-0')
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return names.sort().map((name) => join(folder, name))
}

describe('a look at a directory', () => {
  test('finds its partitions, segments and offsets', async () => {
    const directory = directoryWithLog()
    const [first, second] = logFiles(directory).map((file) => statSync(file).size)
    expect(await inspect(pathToFileURL(directory))).toEqual({
      dataDirectory: directory,
      isClean: false,
      partitions: [
        {
          topic: 'trades',
          partition: 0,
          logStartOffset: 0,
          endOffset: 7,
          sizeBytes: first! + second!,
          segments: [
            {
              baseOffset: 0,
              endOffset: 5,
              sizeBytes: first,
              batchCount: 5,
              recordCount: 5,
              maxTimestamp: 1_000,
            },
            {
              baseOffset: 5,
              endOffset: 7,
              sizeBytes: second,
              batchCount: 2,
              recordCount: 2,
              maxTimestamp: 2_000,
            },
          ],
          compaction: null,
          leftovers: [],
          damage: null,
        },
      ],
    })
  })

  test('finds a batch that is damaged, and what a crash has left unfinished', async () => {
    const directory = directoryWithLog()
    const [first, second] = logFiles(directory)
    truncateSync(second!, statSync(second!).size - 10)
    const torn = await inspect(directory)
    expect(torn.partitions[0]).toMatchObject({
      endOffset: 6,
      damage: { file: second, isInNewestFile: true, filePosition: expect.any(Number) as number },
    })
    const descriptor = openSync(first!, 'r+')
    writeSync(descriptor, Buffer.from([255]), 0, 1, 100)
    closeSync(descriptor)
    const damaged = await inspect(directory)
    expect(damaged.partitions[0]).toMatchObject({
      endOffset: 0,
      damage: {
        file: first,
        isInNewestFile: false,
        filePosition: 0,
        reason: expect.stringContaining('CRC') as string,
      },
    })
  })

  test('says how far a log is compacted, and what was left unfinished', async () => {
    const rig = new CompactedRig()
    const dataDirectory = dirname(rig.directory)
    for (let number = 0; number < 30; number++) {
      const value = number === 3 ? null : 'x'.repeat(700)
      rig.appendKeyed([{ key: number === 3 ? 'gone' : 'often', value, timestamp: 100 + number }])
    }
    rig.write()
    const segments = rig.log.segments.slice(0, -1)
    rig.clean()
    const name = basename(rig.directory)
    const checkpoint = `${name.slice(0, -2)} 0 ${segments.at(-1)!.endOffset}`
    writeFileSync(join(dataDirectory, 'cleaner-offset-checkpoint'), `0\n1\n${checkpoint}\n`)
    const leftovers = ['.log.cleaned', '.index.swap', '.timeindex.deleted'].map(
      (suffix) => '0'.repeat(20) + suffix,
    )
    for (const file of [...leftovers, 'notes.deleted']) {
      writeFileSync(join(rig.directory, file), '')
    }
    const [clean] = (await inspect(dataDirectory)).partitions
    expect(clean).toMatchObject({
      compaction: {
        cleanedUpTo: segments.at(-1)!.endOffset,
        dirtyRatio: 0,
        earliestDeleteHorizonMs: DELETE_RETENTION_MS,
      },
      leftovers: leftovers.toSorted(),
      damage: null,
    })
    for (let number = 0; number < 10; number++) {
      rig.appendKeyed([{ key: 'often', value: 'x'.repeat(700) }])
    }
    rig.write()
    const [dirty] = (await inspect(dataDirectory)).partitions
    expect(dirty!.compaction!.dirtyRatio).toBeGreaterThan(0.5)
    expect(dirty!.compaction!.dirtyRatio).toBeLessThan(1)
  })

  test('passes over files that are called like partitions', async () => {
    const directory = directoryWithLog()
    writeFileSync(join(directory, 'notes-1'), 'x')
    const { partitions } = await inspect(directory)
    expect(partitions.map(({ topic }) => topic)).toEqual(['trades'])
  })

  test('is refused where there is none', async () => {
    const directory = temporaryDirectory()
    rmSync(directory, { recursive: true })
    await expect(inspect(directory)).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(directory) as string,
    })
    const other = new URL('file://elsewhere/data')
    for (const given of ['', 7, 'a\0b', new URL('http://localhost'), other]) {
      await expect(inspect(given as string)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    }
  })
})
