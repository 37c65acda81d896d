import { createRingLogMemory } from '@ringlog/core'
import { Gate, GateTable } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { RingLogWriter } from '@ringlog/core'

describe('gates', () => {
  test('hold where the lowest of them stands; none holds nothing', () => {
    const memory = createRingLogMemory(64 * 1024)
    const table = new GateTable(memory)
    expect(table.lowest()).toEqual({ offset: Infinity, slot: -1 })
    const slots = [70, 30, 50].map((offset) => table.add(offset))
    expect(table.lowest()).toEqual({ offset: 30, slot: slots[1] })
    new Gate(memory, slots[1]!).release(60)
    expect(table.lowest()).toEqual({ offset: 50, slot: slots[2] })
    table.remove(slots[2]!)
    expect(table.lowest()).toEqual({ offset: 60, slot: slots[1] })
    table.remove(slots[0]!)
    table.remove(slots[1]!)
    expect(table.lowest()).toEqual({ offset: Infinity, slot: -1 })
  })

  test('tell a holder that releases whether an append waits', () => {
    const memory = createRingLogMemory(64 * 1024)
    const table = new GateTable(memory)
    const writer = new RingLogWriter(memory)
    const gate = new Gate(memory, table.add(0))
    expect(gate.release(5)).toBe(false)
    writer.setBlocked(true)
    expect(gate.release(5)).toBe(false) // nothing moved
    expect(gate.release(6)).toBe(true)
    writer.setBlocked(false)
    expect(gate.release(7)).toBe(false)
    expect(gate.offset).toBe(7)
    expect(table.lowest().offset).toBe(7)
  })

  test('can be moved back, to hold again what is still there', () => {
    const memory = createRingLogMemory(64 * 1024)
    const table = new GateTable(memory)
    const gate = new Gate(memory, table.add(10))
    gate.release(20)
    gate.release(12)
    expect(table.lowest().offset).toBe(12)
  })

  test('are 128; a slot that was given back is given out again', () => {
    const table = new GateTable(createRingLogMemory(64 * 1024))
    const slots = Array.from({ length: 128 }, (_, i) => table.add(i))
    expect(new Set(slots).size).toBe(128)
    expect(table.add(0)).toBe(-1)
    table.remove(slots[77]!)
    expect(table.add(5)).toBe(slots[77])
    expect(table.size).toBe(128)
  })
})
