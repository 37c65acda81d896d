import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as layout from '../../src/gate/gate-layout.ts'

const source = readFileSync(new URL('../../src/gate/gate-layout.ts', import.meta.url), 'utf8')
const diagram = source.slice(source.indexOf('```text'), source.lastIndexOf('```'))

/** The words of the diagram: `[byte, name, writer]`. */
const words = [...diagram.matchAll(/^ \* +(\d+) {3}([A-Z_]{4,}) +(the holder|controller)/gm)].map(
  ([, byte, name, writer]) => ({ byte: Number(byte), name: name!, writer: writer! }),
)

const lineOf = (byte: number): number => Math.floor(byte / 128)

describe('the layout of a gate', () => {
  test('is what its diagram says', () => {
    const constants = layout as unknown as Record<string, number>
    expect(words.map(({ name }) => name)).toEqual([
      'COMMITTED',
      'POSITION',
      'CURRENT_OFFSET',
      'REVOKED',
    ])
    for (const { byte, name } of words) {
      expect([name, constants[`${name}_BYTE`]]).toEqual([name, byte])
      expect([name, constants[`${name}_WORD`]]).toEqual([name, byte / 8])
    }
    expect(diagram).toContain(`${layout.GATE_BYTES}   (end)`)
  })

  test('keeps words of different writers two cache lines apart', () => {
    for (const a of words) {
      for (const b of words) {
        if (a.writer !== b.writer) expect(lineOf(a.byte)).not.toBe(lineOf(b.byte))
      }
    }
  })

  test('begins with nothing handed out, nothing revoked', () => {
    const memory = layout.createGateMemory()
    expect(memory.byteLength).toBe(layout.GATE_BYTES)
    const view = new BigInt64Array(memory)
    expect(view[layout.POSITION_WORD]).toBe(-1n)
    expect(view[layout.CURRENT_OFFSET_WORD]).toBe(-1n)
    expect(view[layout.REVOKED_WORD]).toBe(0n)
  })

  test.each([0, 1, 7, Number.MAX_SAFE_INTEGER - 1])(
    'tells the start %i from a commit of the same offset',
    (offset) => {
      const start = layout.heldSince(offset)
      expect(Number(BigInt(start))).toBe(start)
      expect(layout.releasedBelow(start)).toBe(offset)
      expect(layout.committedOffsetOf(start)).toBeNull()
      expect(layout.releasedBelow(offset)).toBe(offset)
      expect(layout.committedOffsetOf(offset)).toBe(offset)
    },
  )
})
