import { appendFileSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SEED, kafkaTools, seededRandom } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { cleanLog } from '../../src/cleaner/clean-log.ts'
import { CleaningMemory } from '../../src/cleaner/cleaning-memory.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { contentOf, keyedBatch } from '../cleaner/keyed-batches.ts'
import { batchAt } from '../log-batches.ts'
import { openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const tools = await kafkaTools()
const CONFIG = { segmentBytes: 60_000 }

/** Three sessions: the second dies with a torn batch at its end, the third deletes what is old. */
function logOfThreeSessions(): { folder: string; producers: string[]; end: number } {
  const dataDirectory = temporaryDirectory()
  const random = seededRandom(SEED)
  const folder = join(dataDirectory, 'trades-0')
  let log = openLog({ dataDirectory, config: CONFIG })
  const append = (count: number): void => {
    for (let batches = 0; batches < count; batches++) {
      const records = 1 + Math.floor(random() * 5)
      const batch = batchAt({
        baseOffset: log.endOffset,
        records,
        valueBytes: Math.floor(random() * 1_500),
        timestamp: 1_000_000 + Math.floor(random() * 5_000),
        producer: {
          producerId: Math.floor(random() * 5),
          producerEpoch: 1,
          baseSequence: log.endOffset,
        },
      })
      log.append(batch, batch.length)
    }
  }
  append(60)
  log.close()
  log = openLog({ dataDirectory, config: CONFIG, isClean: true, recoveryPoint: log.endOffset })
  append(60)
  const { baseOffset } = log.activeSegment
  log.abandon()
  appendFileSync(join(folder, `${String(baseOffset).padStart(20, '0')}.log`), Buffer.alloc(33, 1))
  log = openLog({ dataDirectory, config: CONFIG })
  append(60)
  log.deleteBefore(log.segments[1]!.baseOffset)
  log.close()
  const producers = log.producers.map(
    ({ producerId, lastSequence, lastOffset }) => `${producerId} ${lastSequence} ${lastOffset}`,
  )
  return { folder, producers, end: log.endOffset }
}

function filesOf(folder: string, suffix: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffix))
  return names.sort().map((name) => join(folder, name))
}

/** Of what the tool prints, all that is about content: a short log's newest segment needs no entry in its index. */
const HEADINGS = /^(SLF4J|Dumping|Log starting offset)|\.index is empty\.$/

async function dump(files: string[], ...options: string[]): Promise<string[]> {
  const lines = await tools!.dumpLogSegments(files, ...options)
  return lines.filter((line) => !HEADINGS.test(line))
}

describe.skipIf(tools === null)(
  `Kafka's DumpLogSegments (it takes Java and mvn); seed ${SEED}`,
  () => {
    test('finds each batch and record of our files in order, with the CRC that it has', async () => {
      const { folder, end } = logOfThreeSessions()
      const files = filesOf(folder, '.log')
      expect(files.length).toBeGreaterThan(3)
      const lines = await dump(files, '--deep-iteration')
      const batches = lines.filter((line) => line.startsWith('baseOffset:'))
      expect(batches.filter((line) => !line.endsWith('isvalid: true'))).toEqual([])
      const offsets = lines.flatMap((line) => /^\| offset: (\d+) /.exec(line)?.[1] ?? [])
      const first = Number(files[0]!.slice(-24, -4))
      expect(offsets.map(Number)).toEqual(
        Array.from({ length: end - first }, (_, at) => first + at),
      )
      // It misses the offsets before a file's first, also in files of Kafka's own.
      const known = /^(baseOffset:|\| offset:|Non-consecutive offsets in| {2}-1 is followed by)/
      expect(lines.filter((line) => !known.test(line))).toEqual([])
    }, 120_000)

    test('reads what compaction has left, with its gaps, empty batches and delete horizons', async () => {
      const dataDirectory = temporaryDirectory()
      const config = { segmentBytes: 20_000, cleanupPolicy: ['compact' as const] }
      const log = openLog({ dataDirectory, config })
      const random = seededRandom(SEED)
      for (let count = 0; count < 600; count++) {
        // The only batch of producer 9 is outdated by the last of all, and stays without records. It is not the
        // latest of its segment: DumpLogSegments looks for the time index's timestamps in records alone.
        const isOutdated = count === 560
        const producerId = isOutdated ? 9 : Math.floor(random() * 4)
        const onlyKey = isOutdated || count === 599 ? 'own' : null
        const batch = keyedBatch({
          baseOffset: log.endOffset,
          records: Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
            key: onlyKey ?? `key-${Math.floor(random() * 120)}`,
            value: onlyKey === null && random() < 0.2 ? null : String(random()).repeat(20),
            timestamp: isOutdated ? 0 : 1_000_000 + count,
          })),
          compression: Math.floor(random() * 5),
          producer: { producerId, producerEpoch: 0, baseSequence: log.endOffset },
        })
        log.append(batch, batch.length)
      }
      log.roll()
      for (const sealed of log.takeSealed()) sealed.close()
      const before = contentOf(log).records.length
      cleanLog({
        fileSystem: nodeFileSystem,
        job: {
          folder: log.folder.path,
          segments: log.segments.slice(0, -1),
          firstDirtyOffset: 0,
          nowMs: 2_000_000,
          deleteRetentionMs: 1_000,
          segmentBytes: 20_000,
          maxKeys: 1_000,
        },
        memory: new CleaningMemory(nodeFileSystem, new Uint8Array(16)),
        assertWanted: () => undefined,
        onCleaned: (segment) => log.sealed.replace(segment),
      })
      const { records, batches } = contentOf(log)
      log.close()
      expect(records.length).toBeLessThan(before / 3)
      expect(batches.some(({ recordsCount }) => recordsCount === 0)).toBe(true)
      const folder = join(dataDirectory, 'trades-0')
      const lines = await dump(filesOf(folder, '.log'), '--deep-iteration')
      const found = lines.filter((line) => line.startsWith('baseOffset:'))
      expect(found).toHaveLength(batches.length)
      expect(found.filter((line) => !line.endsWith('isvalid: true'))).toEqual([])
      const offsets = lines.flatMap((line) => /^\| offset: (\d+) /.exec(line)?.[1] ?? [])
      expect(offsets.map(Number)).toEqual(records.map(({ offset }) => offset))
      const indexes = [...filesOf(folder, '.index'), ...filesOf(folder, '.timeindex')]
      expect(indexes.filter((file) => statSync(file).size > 0).length).toBeGreaterThan(2)
      expect(await dump(indexes, '--verify-index-only')).toEqual([])
    }, 120_000)

    test('finds no fault in our indexes, and one that we make', async () => {
      const { folder } = logOfThreeSessions()
      const indexes = [...filesOf(folder, '.index'), ...filesOf(folder, '.timeindex')]
      expect(await dump(indexes, '--verify-index-only')).toEqual([])
      const [index] = filesOf(folder, '.index') as [string]
      const content = readFileSync(index)
      const spoiled = Buffer.from(content)
      spoiled.writeInt32BE(spoiled.readInt32BE(0) + 1, 0)
      writeFileSync(index, spoiled)
      expect(await dump([index], '--verify-index-only')).not.toEqual([])
    }, 120_000)

    test('reads the producers of our newest snapshot', async () => {
      const { folder, producers } = logOfThreeSessions()
      const lines = await dump(filesOf(folder, '.snapshot').slice(-1))
      const found = lines.map((line) => {
        const [, producerId, lastSequence, lastOffset] =
          /producerId: (\d+) .* lastSequence: (\d+) lastOffset: (\d+)/.exec(line) ?? []
        return `${producerId} ${lastSequence} ${lastOffset}`
      })
      expect(found).toEqual(producers)
    }, 120_000)
  },
)
