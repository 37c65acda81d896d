import { LaneReader, LaneWriter, createLaneMemory } from '@ringlog/core/internal'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ERROR_SECTION_BYTES } from '../../src/errors/error-section.ts'
import * as layout from '../../src/lane/lane-layout.ts'

const source = readFileSync(new URL('../../src/lane/lane-layout.ts', import.meta.url), 'utf8')
const diagram = source.slice(source.indexOf('```text'), source.lastIndexOf('```'))

interface DiagramWord {
  byte: number
  name: string
  writer: string
}

function wordsIn(text: string): DiagramWord[] {
  const rows = text.matchAll(/ (\d+) +([A-Z_]{4,}) +(creator|producer|partition worker)/g)
  return [...rows].map(([, byte, name, writer]) => ({
    byte: Number(byte),
    name: name!,
    writer: writer!,
  }))
}

const words = wordsIn(diagram.slice(0, diagram.indexOf('frame entry')))
const entries = wordsIn(diagram.slice(diagram.indexOf('frame entry')))
const constants = layout as unknown as Record<string, number>
const lineOf = (byte: number): number => Math.floor(byte / 128)

describe('the layout of a lane', () => {
  test('is what its diagram says', () => {
    expect(words.map(({ name }) => name)).toEqual([
      'LANE_MAGIC',
      'LANE_VERSION',
      'SECTION_DIRECTORY',
      'FRAME_COUNT',
      'PRODUCER_STATE',
      'ANSWER_COUNT',
      'WORKER_STATE',
      'ANSWERS_HELD',
      'SHOWN_COUNT',
      'PENDING_FRAME',
      'PENDING_RESETS',
      'PENDING_END_POSITION',
      'PENDING_BASE_OFFSET',
      'PENDING_APPEND_TIME',
    ])
    expect(entries.map(({ name }) => name)).toEqual([
      'FRAME_NUMBER',
      'FRAME_RESETS',
      'FRAME_BYTE_INDEX',
      'FRAME_SIZE',
      'FRAME_REQUEST_DEADLINE',
      'FRAME_MAX_BLOCK',
      'FRAME_WAITING_SINCE',
      'ANSWER_FRAME',
      'ANSWER_OUTCOME',
      'ANSWER_RESETS',
      'ANSWER_ERROR_NUMBER',
      'ANSWER_BASE_OFFSET',
      'ANSWER_APPEND_TIME',
    ])
    for (const { name, byte } of [...words, ...entries]) {
      expect([name, constants[`${name}_BYTE`]]).toEqual([name, byte])
    }
    expect(diagram).toContain(`${layout.FRAMES_BYTE}   frames`)
    expect(diagram.match(/one entry of (\d+) bytes/g)).toEqual(
      Array.from({ length: 2 }, () => `one entry of ${layout.ENTRY_BYTES} bytes`),
    )
    expect(diagram.match(/2,048 bytes/g)).toHaveLength(2)
    expect(ERROR_SECTION_BYTES).toBe(2048)
  })

  test('has for each word and each number its index', () => {
    const indexes = Object.keys(layout).filter((name) => /_(WORD|NUMBER)$/.test(name))
    expect(indexes.length).toBeGreaterThanOrEqual(18)
    for (const name of indexes) {
      const byte = constants[`${name.replace(/_(WORD|NUMBER)$/, '')}_BYTE`]!
      expect([name, constants[name]]).toEqual([name, byte / (name.endsWith('_WORD') ? 4 : 8)])
    }
    expect(layout.ENTRY_WORDS * 4).toBe(layout.ENTRY_BYTES)
    expect(layout.ENTRY_NUMBERS * 8).toBe(layout.ENTRY_BYTES)
  })

  test('keeps words of different writers, and what nobody polls, two cache lines apart', () => {
    expect(words.every(({ byte }) => byte < layout.FRAMES_BYTE)).toBe(true)
    for (const a of words) {
      for (const b of words) {
        if (a.writer !== b.writer) expect(lineOf(a.byte)).not.toBe(lineOf(b.byte))
      }
    }
    expect(lineOf(layout.PENDING_FRAME_BYTE)).not.toBe(lineOf(layout.ANSWER_COUNT_BYTE))
    const { answersByte, refusalByte, dataByte } = layout.laneSectionsOf(1024, 2)
    expect([answersByte % 128, refusalByte % 128, dataByte % 128]).toEqual([0, 0, 0])
  })

  test.each([
    [1024, 2],
    [4096, 64],
    [1024 * 1024, 4096],
  ])('of a lane of %i bytes and %i slots opens as it was made', (laneBytes, slots) => {
    const memory = createLaneMemory(laneBytes, slots)
    const sections = layout.openLaneSections(memory)
    expect(sections).toEqual(layout.laneSectionsOf(laneBytes, slots))
    expect(sections.answersByte).toBe(layout.FRAMES_BYTE + slots * layout.ENTRY_BYTES)
    expect(sections.refusalByte).toBe(sections.answersByte + slots * layout.ENTRY_BYTES)
    expect(sections.closingByte).toBe(sections.refusalByte + ERROR_SECTION_BYTES)
    expect(sections.dataByte).toBe(sections.closingByte + ERROR_SECTION_BYTES)
    expect(memory.byteLength).toBe(sections.dataByte + laneBytes)
  })

  test.each([0, -1, 512, 1023, 1025, 3 * 1024, 2 ** 31, 1024.5, Number.NaN, '1024', null])(
    'is not made for a lane of %j bytes',
    (laneBytes) => {
      const shown = typeof laneBytes === 'string' ? JSON.stringify(laneBytes) : String(laneBytes)
      expect(() => createLaneMemory(laneBytes as number)).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIG',
          message: `laneBytes of a lane must be a power of two from 1024 to 1073741824, got ${shown}`,
        }),
      )
    },
  )

  test.each([0, 1, 3, 8192, -2, 2.5, Number.NaN])('is not made for %j slots', (slots) => {
    expect(() => createLaneMemory(1024, slots)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: `slots of a lane must be a power of two from 2 to 4096, got ${slots}`,
      }),
    )
  })

  test.each<[string, (header: DataView) => void]>([
    ['another magic', (header) => header.setInt32(layout.LANE_MAGIC_BYTE, 1, true)],
    ['another version', (header) => header.setInt32(layout.LANE_VERSION_BYTE, 99, true)],
    [
      'another size than its directory says',
      (header) => header.setInt32(layout.SECTION_DIRECTORY_BYTE + 44, 2048, true),
    ],
    [
      'a number of slots that cannot be',
      (header) => header.setInt32(layout.SECTION_DIRECTORY_BYTE + 12, 100, true),
    ],
  ])('with %s is refused by reader and writer', (_, damage) => {
    const memory = createLaneMemory(1024, 4)
    damage(new DataView(memory))
    const mismatch = expect.objectContaining({ code: 'LAYOUT_MISMATCH' })
    expect(() => new LaneWriter(memory)).toThrow(mismatch)
    expect(() => new LaneReader(memory)).toThrow(mismatch)
    expect(() => new LaneReader(new SharedArrayBuffer(16))).toThrow(mismatch)
  })
})
