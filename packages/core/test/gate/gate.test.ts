import { Doorbell, RingLogWriter, createRingLogMemory } from '@ringlog/core'
import {
  Gate,
  GateTable,
  GateView,
  Grant,
  createGateMemory,
  heldSince,
} from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const newRing = (): SharedArrayBuffer => createRingLogMemory(64 * 1024)

/** How often a doorbell was rung. */
const ringsOf = (doorbell: Doorbell): number => new Int32Array(doorbell.memory)[0]!

describe('a gate table', () => {
  test('holds where the lowest gate stands; none holds nothing', () => {
    const ring = newRing()
    const table = new GateTable<string>()
    expect(table.lowest()).toEqual({ offset: Infinity, holder: null })
    const memories = [70, 30, 50].map((offset, i) => {
      const memory = createGateMemory()
      table.open(`key-${i}`, memory, offset, `holder-${i}`)
      return memory
    })
    expect(table.size).toBe(3)
    expect(table.lowest()).toEqual({ offset: 30, holder: 'holder-1' })
    new Gate(memories[1]!, ring).release(60)
    expect(table.lowest()).toEqual({ offset: 50, holder: 'holder-2' })
    expect(table.close('key-2')).toBe(true)
    expect(table.close('key-2')).toBe(false)
    expect(table.lowest()).toEqual({ offset: 60, holder: 'holder-1' })
    table.close('key-0')
    table.close('key-1')
    expect(table.lowest()).toEqual({ offset: Infinity, holder: null })
  })

  test('has as many gates as are opened', () => {
    const table = new GateTable<number>()
    for (let i = 0; i < 1000; i++) table.open(`key-${i}`, createGateMemory(), 5000 - i, i)
    expect(table.size).toBe(1000)
    expect(table.lowest()).toEqual({ offset: 4001, holder: 999 })
  })

  test('puts a gate in the place of the one with its key: the former memory moves nothing any more', () => {
    const ring = newRing()
    const table = new GateTable<string>()
    const [old, fresh] = [createGateMemory(), createGateMemory()]
    table.open('group', old, 10, 'old owner')
    const zombie = new Gate(old, ring)
    table.open('group', fresh, table.committedWordOf('group')!, 'new owner')
    zombie.release(99)
    expect(table.lowest()).toEqual({ offset: 10, holder: 'new owner' })
    expect(table.committedWordOf('group')).toBe(10)
    expect(table.committedWordOf('another')).toBeNull()
    expect([table.has('group'), table.has('another')]).toEqual([true, false])
  })

  test('holds at the start of a group that has committed nothing', () => {
    const table = new GateTable<string>()
    table.open('group', createGateMemory(), heldSince(40), 'owner')
    table.open('other', createGateMemory(), 41, 'other')
    expect(table.lowest()).toEqual({ offset: 40, holder: 'owner' })
  })
})

describe('a gate', () => {
  test('tells a holder that releases whether an append waits', () => {
    const ring = newRing()
    const writer = new RingLogWriter(ring)
    const gate = new Gate(createGateMemory(), ring)
    expect(gate.release(5)).toBe(false)
    writer.setBlocked(true)
    expect(gate.release(5)).toBe(false) // nothing moved
    expect(gate.release(6)).toBe(true)
    writer.setBlocked(false)
    expect(gate.release(7)).toBe(false)
    expect(gate.offset).toBe(7)
  })

  test('can be moved back, to hold again what is still there', () => {
    const table = new GateTable<string>()
    const memory = createGateMemory()
    table.open('key', memory, 10, 'holder')
    const gate = new Gate(memory, newRing())
    expect(gate.offset).toBe(10)
    gate.release(20)
    gate.release(12)
    expect(table.lowest().offset).toBe(12)
  })
})

interface Owned {
  grant: Grant
  view: GateView
  writer: RingLogWriter
  doorbell: Doorbell
}

function granted(committedWord: number): Owned {
  const ring = newRing()
  const view = new GateView(createGateMemory())
  view.committedWord = committedWord
  const doorbell = new Doorbell()
  const grant = new Grant(view.memory, ring, doorbell)
  return { grant, view, writer: new RingLogWriter(ring), doorbell }
}

describe('a grant', () => {
  test('starts where the last owner left off, or with nothing committed', () => {
    expect(granted(7).grant.committed).toBe(7)
    expect(granted(heldSince(7)).grant.committed).toBeNull()
    expect(granted(heldSince(0)).grant.committed).toBeNull()
  })

  test('commits forwards and back; the controller sees it', () => {
    const { grant, view } = granted(heldSince(3))
    expect([view.committed, view.heldOffset]).toEqual([null, 3])
    for (const offset of [3, 9, 4]) {
      expect(grant.commit(offset)).toBe(true)
      expect([grant.committed, view.committed, view.heldOffset]).toEqual([offset, offset, offset])
    }
  })

  test('rings the partition worker if an append waits, once for each move', () => {
    const { grant, writer, doorbell } = granted(0)
    grant.commit(1)
    expect(ringsOf(doorbell)).toBe(0)
    writer.setBlocked(true)
    grant.commit(1)
    expect(ringsOf(doorbell)).toBe(0)
    grant.commit(2)
    expect(ringsOf(doorbell)).toBe(1)
  })

  test('that is revoked refuses every commit, also of what is committed', () => {
    const { grant, view } = granted(5)
    expect(grant.isRevoked).toBe(false)
    view.revoke()
    expect(grant.isRevoked).toBe(true)
    expect(grant.commit(5)).toBe(false)
    expect(grant.commit(6)).toBe(false)
  })

  test('tells where its owner stands', () => {
    const { grant, view } = granted(5)
    expect([view.position, view.currentOffset]).toEqual([-1, -1])
    grant.report(9, 8)
    expect([view.position, view.currentOffset]).toEqual([9, 8])
  })
})
