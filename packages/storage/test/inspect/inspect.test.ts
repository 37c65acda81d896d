import {
  closeSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { inspect } from '../../src/inspect/inspect.ts'
import { batchesFrom } from '../log-batches.ts'
import { openLog } from '../open-log.ts'
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

  test('is refused where there is none', async () => {
    const directory = temporaryDirectory()
    rmSync(directory, { recursive: true })
    await expect(inspect(directory)).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(directory) as string,
    })
    for (const given of ['', 7, new URL('http://localhost')]) {
      await expect(inspect(given as string)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    }
  })
})
