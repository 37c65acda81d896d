import { RingLogReader, RingLogWriter, createRingLogMemory } from '@ringlog/core'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as layout from '../../src/ring/ring-log-layout.ts'

const source = readFileSync(new URL('../../src/ring/ring-log-layout.ts', import.meta.url), 'utf8')
const diagram = source.slice(source.indexOf('```text'), source.lastIndexOf('```'))

/** The words of the diagram, by name, as `[name, byte]`. */
const words = [...diagram.matchAll(/^ \* +(\d+) {3}([A-Z_]{4,}) /gm)].map(
  ([, byte, name]) => [name!, Number(byte)] as const,
)

const lineOf = (byte: number): number => Math.floor(byte / 128)

describe('the layout of a ring log', () => {
  test('is what its diagram says', () => {
    expect(words.map(([name]) => name)).toEqual([
      'LAYOUT_MAGIC',
      'LAYOUT_VERSION',
      'SECTION_DIRECTORY',
      'STORAGE',
      'END_POSITION',
      'LOG_START_POSITION',
      'LOG_START_OFFSET',
      'DELETED_BEFORE',
      'RELEASED_UP_TO',
      'BLOCKED',
      'INDEX_COUNT',
      'PARTITION_STATE',
      'TOTALS',
      'HIGH_WATERMARK_POSITION',
      'HIGH_WATERMARK_OFFSET',
      'WRITTEN_OFFSET',
      'WRITTEN_SEGMENT',
      'WRITTEN_FILE_BYTES',
      'DISK_LOG_START',
      'STORAGE_STATE',
      'FLUSHED_OFFSET',
      'FILE_SWAPS',
    ])
    const constants = layout as unknown as Record<string, number>
    for (const [name, byte] of words)
      expect([name, constants[`${name}_BYTE`]]).toEqual([name, byte])
    expect(diagram).toContain(`${layout.INDEX_BYTE}   index`)
    expect(diagram).toContain(`one entry of ${layout.INDEX_ENTRY_BYTES} bytes`)
    expect(diagram).toContain('for each 4,096 bytes of ring')
    expect(layout.INDEX_INTERVAL_BYTES).toBe(4096)
  })

  test('keeps words of different writers two cache lines apart', () => {
    const writers = [
      ...diagram.matchAll(/^ \* +(\d+) {3}[A-Z_]{4,} +(host|partition|controller|storage)/gm),
    ]
    const places = writers.map(([, byte, writer]) => ({ byte: Number(byte), writer: writer! }))
    expect(places).toHaveLength(words.length)
    for (const a of places) {
      for (const b of places) {
        const isAlone = a.byte === layout.LOG_START_POSITION_BYTE && a !== b
        if (a.writer === b.writer && !isAlone) continue
        expect(lineOf(a.byte)).not.toBe(lineOf(b.byte))
      }
    }
  })

  test.each([64 * 1024, 1024 * 1024, 64 * 1024 * 1024])(
    'of a ring of %i bytes opens as it was made, its data aligned',
    (ringBytes) => {
      const memory = createRingLogMemory(ringBytes)
      const sections = layout.openRingLogSections(memory)
      expect(sections).toEqual(layout.sectionsOf(ringBytes))
      // The directory: where control, index and data begin, and how long they are.
      expect([...new Int32Array(memory, layout.SECTION_DIRECTORY_BYTE, 6)]).toEqual([
        0,
        layout.INDEX_BYTE,
        layout.INDEX_BYTE,
        sections.indexEntries * layout.INDEX_ENTRY_BYTES,
        sections.dataByte,
        ringBytes,
      ])
      expect(sections.indexEntries * layout.INDEX_INTERVAL_BYTES).toBe(ringBytes)
      expect(sections.dataByte % 4096).toBe(0)
      expect(sections.dataByte).toBeGreaterThanOrEqual(
        layout.INDEX_BYTE + sections.indexEntries * layout.INDEX_ENTRY_BYTES,
      )
      expect(memory.byteLength).toBe(sections.dataByte + ringBytes)
    },
  )

  test.each([0, -1, 1, 65_535, 65_537, 3 * 65_536, 2 ** 31, 65_536.5, Number.NaN, '65536', null])(
    'is not made for a ring of %j bytes',
    (ringBytes) => {
      expect(() => createRingLogMemory(ringBytes as number)).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIG',
          message: `ringBytes must be a power of two from 65536 to 1073741824, got ${String(ringBytes)}`,
          details: { ringBytes },
        }),
      )
    },
  )

  test.each<[string, (header: DataView) => void]>([
    ['another magic', (header) => header.setInt32(layout.LAYOUT_MAGIC_BYTE, 1, true)],
    ['another version', (header) => header.setInt32(layout.LAYOUT_VERSION_BYTE, 99, true)],
    [
      'another size than its directory says',
      (header) => header.setInt32(layout.SECTION_DIRECTORY_BYTE + 20, 131_072, true),
    ],
  ])('with %s is refused by reader and writer', (_, damage) => {
    const memory = createRingLogMemory(64 * 1024)
    damage(new DataView(memory))
    const mismatch = expect.objectContaining({ code: 'LAYOUT_MISMATCH' })
    expect(() => new RingLogWriter(memory)).toThrow(mismatch)
    expect(() => new RingLogReader(memory)).toThrow(mismatch)
    expect(() => new RingLogReader(new SharedArrayBuffer(16))).toThrow(mismatch)
  })

  test('is opened up to its largest ring, and the fault of another memory is named', () => {
    expect(layout.isRingBytes(layout.MAX_RING_BYTES)).toBe(true)
    const memory = createRingLogMemory(64 * 1024)
    new DataView(memory).setInt32(layout.LAYOUT_VERSION_BYTE, 3, true)
    const details = {
      magic: layout.LAYOUT_MAGIC,
      version: 3,
      ringBytes: 64 * 1024,
      sizeBytes: memory.byteLength,
    }
    expect(() => layout.openRingLogSections(memory)).toThrow(
      expect.objectContaining({
        message:
          `the shared memory is no ring log of layout version ${layout.LAYOUT_VERSION}: ` +
          `magic=${layout.LAYOUT_MAGIC}, version=3, ringBytes=65536, sizeBytes=${memory.byteLength}`,
        details,
      }),
    )
  })
})
