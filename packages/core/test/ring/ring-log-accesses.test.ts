import {
  READ_OK,
  ReadResult,
  RingLogReader,
  RingLogWriter,
  createRingLogMemory,
} from '@ringlog/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  BLOCKED_WORD,
  DELETED_BEFORE_WORD,
  END_POSITION_WORD,
  INDEX_BYTE,
  INDEX_COUNT_WORD,
  LOG_START_OFFSET_WORD,
  LOG_START_POSITION_WORD,
  MIN_RING_BYTES,
  PARTITION_STATE_WORD,
  sectionsOf,
} from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'

/**
 * The model of `ring-log-order-model.test.ts` is about these accesses, in this order. On x86, where
 * the tests run as a rule, many other orders would pass every test on real threads.
 */
const WORD_NAMES: Readonly<Record<number, string>> = {
  [END_POSITION_WORD]: 'END_POSITION',
  [LOG_START_POSITION_WORD]: 'LOG_START_POSITION',
  [LOG_START_OFFSET_WORD]: 'LOG_START_OFFSET',
  [DELETED_BEFORE_WORD]: 'DELETED_BEFORE',
  [BLOCKED_WORD]: 'BLOCKED',
  [INDEX_COUNT_WORD]: 'INDEX_COUNT',
  [PARTITION_STATE_WORD]: 'PARTITION_STATE',
}
const OPERATIONS = ['load', 'store', 'add', 'exchange'] as const

afterEach(() => vi.restoreAllMocks())

/** Notes every atomic access from now on; `onAccess` looks at memory just before each. */
function recordAccesses(onAccess: (access: string) => void = () => undefined): string[] {
  const accesses: string[] = []
  for (const operation of OPERATIONS) {
    const original = Atomics[operation] as (...args: unknown[]) => unknown
    vi.spyOn(Atomics, operation).mockImplementation(((...args: unknown[]) => {
      const word = args[1] as number
      const name = WORD_NAMES[word] ?? (word * 8 >= INDEX_BYTE ? 'index entry' : `word ${word}`)
      onAccess(`${operation} ${name}`)
      accesses.push(`${operation} ${name}`)
      return original(...args)
    }) as never)
  }
  return accesses
}

const VALUE_BYTES = 8000
const DATA_BYTE = sectionsOf(MIN_RING_BYTES).dataByte
const batch = (fill: string): Uint8Array => batchOf([{ value: fill.repeat(VALUE_BYTES) }])

/** A ring that is full of batches of a's. */
function fullRing(): { memory: SharedArrayBuffer; writer: RingLogWriter } {
  const memory = createRingLogMemory(MIN_RING_BYTES)
  const writer = new RingLogWriter(memory)
  while (writer.hasRoomFor(batch('a').length)) writer.append(batch('a'))
  return { memory, writer }
}

describe('the writer', () => {
  test('evicts by an exchange, after the offset and before it touches a byte (INV-2, INV-6)', () => {
    const { memory, writer } = fullRing()
    const data = Buffer.from(memory, DATA_BYTE)
    const before = Buffer.from(data)
    const accesses = recordAccesses(() => expect(data.equals(before)).toBe(true))
    expect(writer.makeRoom(batch('b').length, Infinity)).toBe(true)
    expect(accesses).toEqual(['store LOG_START_OFFSET', 'exchange LOG_START_POSITION'])
    expect(data.equals(before)).toBe(true)
  })

  test('deletes by saying so before the start moves (INV-6)', () => {
    const { writer } = fullRing()
    const accesses = recordAccesses()
    writer.deleteBefore(1)
    expect(accesses).toEqual([
      'store DELETED_BEFORE',
      'store LOG_START_OFFSET',
      'exchange LOG_START_POSITION',
    ])
    accesses.length = 0
    writer.deleteBefore(1)
    expect(accesses).toEqual([])
  })

  test('publishes by one store, after the bytes and the index (INV-4, INV-5)', () => {
    const { memory, writer } = fullRing()
    const data = Buffer.from(memory, DATA_BYTE)
    expect(data.includes('bbbb')).toBe(false)
    writer.makeRoom(batch('b').length, Infinity)
    const accesses = recordAccesses(() => expect(data.includes('b'.repeat(VALUE_BYTES))).toBe(true))
    writer.append(batch('b'))
    expect(accesses).toEqual([
      'store index entry',
      'store index entry',
      'store index entry',
      'store INDEX_COUNT',
      'store END_POSITION',
    ])
  })
})

describe('the reader', () => {
  test('copies, then validates by a read-modify-write, and does nothing after (INV-3, INV-4)', () => {
    const { memory } = fullRing()
    const reader = new RingLogReader(memory)
    const result = new ReadResult()
    const target = Buffer.from(new ArrayBuffer(MIN_RING_BYTES))
    reader.read(0, target, result)
    const { nextOffset } = result
    target.fill(0)

    const copiedAt: string[] = []
    const accesses = recordAccesses((access) => {
      if (target.includes('aaaa')) copiedAt.push(access)
    })
    reader.read(nextOffset - 1, target, result)
    expect(result.status).toBe(READ_OK)
    expect(accesses.slice(0, 2)).toEqual(['load END_POSITION', 'load LOG_START_OFFSET'])
    expect(copiedAt).toEqual(['add LOG_START_POSITION'])
    expect(accesses.at(-1)).toBe('add LOG_START_POSITION')
  })

  test('touches the position of the log’s start by read-modify-writes alone (INV-3)', () => {
    const { memory } = fullRing()
    const accesses = recordAccesses()
    const reader = new RingLogReader(memory)
    const target = new Uint8Array(MIN_RING_BYTES)
    for (let offset = reader.logStartOffset; offset < reader.endOffset; offset++) {
      reader.read(offset, target, new ReadResult())
    }
    reader.findByTimestamp(0)
    const touched = accesses.filter((access) => access.endsWith('LOG_START_POSITION'))
    expect(new Set(touched)).toEqual(new Set(['add LOG_START_POSITION']))
  })

  test('loads the end, then index entries, then the log’s start, once a search (INV-5)', () => {
    const { memory } = fullRing()
    const reader = new RingLogReader(memory)
    const offset = reader.endOffset - 1
    const accesses = recordAccesses()
    reader.read(offset, new Uint8Array(MIN_RING_BYTES), new ReadResult())
    const first = accesses.indexOf('load index entry')
    const afterLast = accesses.lastIndexOf('load index entry') + 1
    expect(accesses.slice(0, first)).toContain('load END_POSITION')
    expect(accesses[first - 1]).toBe('load INDEX_COUNT')
    expect(new Set(accesses.slice(first, afterLast))).toEqual(new Set(['load index entry']))
    expect(accesses[afterLast]).toBe('add LOG_START_POSITION')
  })
})
