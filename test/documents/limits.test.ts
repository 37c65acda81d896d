import { describe, expect, test } from 'vitest'
import { readText } from './markdown.ts'
import { tablesOf } from './tables.ts'

/** A number of the table, as the code has it: a constant, or an option's default. */
interface Source {
  readonly file: string
  /** The name of a constant, or of an option. */
  readonly name: string
}

const CORE = 'packages/core/src'
const CONSUMER = 'packages/consumer/src/config.ts'
const BROKER = 'packages/broker/src/client/config.ts'
const TOPIC = `${CORE}/protocol/topic-config.ts`
const RING = `${CORE}/ring/ring-log-layout.ts`
const LANE = `${CORE}/lane/lane-layout.ts`
const ERRORS = `${CORE}/errors/error-wire.ts`

/** By the first cell of a row: where its numbers come from, in the order in which they stand. */
const SOURCES: Readonly<Record<string, readonly Source[]>> = {
  'a record batch': [{ file: TOPIC, name: 'DEFAULT_MAX_MESSAGE_BYTES' }],
  'a record batch that is decompressed': [
    { file: `${CORE}/record/record-batch-validator.ts`, name: 'MIN_DECOMPRESSION_LIMIT_BYTES' },
  ],
  'what `decompressBatch` makes': [
    { file: `${CORE}/record/compression.ts`, name: 'MAX_BATCH_BYTES' },
  ],
  'blocks of a batch compressed with snappy': [
    { file: `${CORE}/record/compression-snappy.ts`, name: 'MIN_BYTES_OF_BLOCK' },
    { file: `${CORE}/record/compression-snappy.ts`, name: 'MAX_SMALL_BLOCKS' },
  ],
  'a ring': [
    { file: RING, name: 'MIN_RING_BYTES' },
    { file: RING, name: 'MAX_RING_BYTES' },
    { file: TOPIC, name: 'DEFAULT_RING_BYTES' },
  ],
  'partitions of a broker, each a thread': [{ file: BROKER, name: 'maxPartitions' }],
  'producers that a partition remembers': [
    { file: `${CORE}/producer-table/producer-table-layout.ts`, name: 'MAX_PRODUCERS' },
  ],
  'a lane': [
    { file: LANE, name: 'MIN_LANE_BYTES' },
    { file: LANE, name: 'MAX_LANE_BYTES' },
    { file: LANE, name: 'MIN_LANE_SLOTS' },
    { file: LANE, name: 'MAX_LANE_SLOTS' },
  ],
  'an error in shared memory': [
    { file: `${CORE}/errors/error-section.ts`, name: 'ERROR_SECTION_BYTES' },
  ],
  'an error on a port': [
    { file: ERRORS, name: 'MAX_WIRE_ERRORS' },
    { file: ERRORS, name: 'MAX_WIRE_DEPTH' },
    { file: ERRORS, name: 'MAX_WIRE_PROPERTIES' },
  ],
  'a call on a port': [{ file: `${CORE}/rpc/rpc-client.ts`, name: 'DEFAULT_CALL_TIMEOUT_MS' }],
  'what a poll holds, decompressed': [{ file: CONSUMER, name: 'fetchMaxBytes' }],
  'what a poll holds of one partition': [{ file: CONSUMER, name: 'maxPartitionFetchBytes' }],
  'what a producer buffers': [
    { file: 'packages/producer/src/config.ts', name: 'bufferMemoryBytes' },
  ],
  "a topic's name": [{ file: `${CORE}/topic-partition.ts`, name: 'MAX_TOPIC_LENGTH' }],
  'what is written beside a commit': [
    { file: 'packages/consumer/src/offset-commits.ts', name: 'MAX_METADATA_LENGTH' },
  ],
  "restarts of a partition's worker": [{ file: BROKER, name: 'maxRestarts' }],
}

/** What follows from the format alone: no constant stands for it. */
const OF_THE_FORMAT = [
  'records, keys, values, headers of a batch',
  'varints; varlongs',
  'offsets and timestamps',
  'a batch in a lane',
  'a message on a port',
]

const ROWS = tablesOf('SECURITY.md').find(({ heading }) => heading === 'Limits')!.rows

/** The product of the numbers that a constant, or an option's default, is written as. */
function valueOf({ file, name }: Source): number {
  const text = readText(file)
  const constant = new RegExp(`const ${name}(?:: number)? = ([\\d_ *]+)$`, 'm').exec(text)
  const option = new RegExp(`\\b${name}: \\w+Option\\(([\\d_]+)`).exec(text)
  const product = (constant ?? option)?.[1]
  if (product === undefined) throw new Error(`${file} has no number ${name}`)
  return product.split('*').reduce((value, part) => value * Number(part.replaceAll('_', '')), 1)
}

function numbersOf(...cells: string[]): number[] {
  const text = cells.join(' ').replaceAll(/`[^`]*`/g, '')
  const numbers = text.match(/(?<![\w^-])\d[\d,]*(?![\w^])/g) ?? []
  return numbers.map((number) => Number(number.replaceAll(',', '')))
}

describe('the limits of SECURITY.md', () => {
  test('are all that are known', () => {
    const known = [...Object.keys(SOURCES), ...OF_THE_FORMAT]
    expect(new Set(ROWS.map(([what]) => what))).toEqual(new Set(known))
  })

  test.each(Object.entries(SOURCES))('of %s are those of the code', (what, sources) => {
    const [, limit = '', byDefault = ''] = ROWS.find(([first]) => first === what)!
    expect(numbersOf(limit, byDefault)).toEqual(sources.map(valueOf))
  })

  test('name options that there are', () => {
    const options = [TOPIC, CONSUMER, BROKER, 'packages/producer/src/config.ts'].map(readText)
    const others = readText(`${CORE}/record/compression.ts`)
    for (const [what, , , option = ''] of ROWS) {
      if (option === '') continue
      const isKnown = [...options, others].some((text) => text.includes(option.replaceAll('`', '')))
      expect(isKnown, `${what}: ${option}`).toBe(true)
    }
  })
})
