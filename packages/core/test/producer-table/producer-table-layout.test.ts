import { ProducerTable, createProducerTableMemory } from '@ringlog/core/internal'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as layout from '../../src/producer-table/producer-table-layout.ts'

const source = readFileSync(
  new URL('../../src/producer-table/producer-table-layout.ts', import.meta.url),
  'utf8',
)
const diagram = source.slice(source.indexOf('```text'), source.lastIndexOf('```'))
const constants = layout as unknown as Record<string, number>

describe('the layout of a producer table', () => {
  test('is what its diagram says', () => {
    const rows = [...diagram.matchAll(/byte (\d+) +([A-Z_]{4,}) +partition worker/g)]
    expect(rows.map(([, , name]) => name)).toEqual([
      'NEXT_OFFSET',
      'PRODUCER_ID',
      'APPEND_TIME',
      'PRODUCER_EPOCH',
      'BASE_SEQUENCE',
      'RECORDS_COUNT',
    ])
    for (const [, byte, name] of rows) expect(constants[`${name}_BYTE`]).toBe(Number(byte))
    expect(diagram).toContain(`${layout.SLOT_ENTRIES} entries of ${layout.ENTRY_BYTES} bytes`)
    expect(layout.SLOT_ENTRIES).toBe(layout.REMEMBERED_BATCHES + 1)
  })

  test('has room for 10,000 producers', () => {
    expect(layout.producerSlotsOf(createProducerTableMemory())).toBe(10_000)
  })

  test.each([0, 100, 300])('is refused in memory of %i bytes', (sizeBytes) => {
    expect(() => new ProducerTable(new SharedArrayBuffer(sizeBytes), 0)).toThrow(
      expect.objectContaining({ code: 'LAYOUT_MISMATCH' }),
    )
  })
})
