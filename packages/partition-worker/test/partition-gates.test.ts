import { Gate, GateView, Grant, createGateMemory, type Doorbell } from '@ringlog/core/internal'
import type { GroupGateMove } from '@ringlog/partition-worker'
import { describe, expect, test } from 'vitest'
import { Rig, batchOf, deadline } from './rig.ts'

const kibibyte = (): Uint8Array => batchOf(['x'.repeat(1000)])

let moves = 0

function move(overrides: Partial<GroupGateMove> = {}): GroupGateMove {
  return {
    groupId: 'billing',
    moveId: ++moves,
    memory: createGateMemory(),
    start: 'earliest',
    commit: null,
    consumerId: 'id-1',
    clientId: 'one',
    doorbell: null,
    ...overrides,
  }
}

async function appended(records: number): Promise<Rig> {
  const rig = new Rig()
  for (let i = 0; i < records; i++) await rig.log.append(kibibyte(), deadline())
  return rig
}

const ringsOf = (doorbell: Doorbell): number => new Int32Array(doorbell.memory)[0]!

describe('the gate of a consumer', () => {
  test('starts at the log start where that is later than what was asked for', async () => {
    const { log } = await appended(200)
    const { logStartOffset } = log
    expect(logStartOffset).toBeGreaterThan(0)
    expect(log.gates.resolve(0)).toBe(logStartOffset)
    expect(log.gates.resolve('earliest')).toBe(logStartOffset)
    expect(log.gates.resolve(logStartOffset + 1)).toBe(logStartOffset + 1)
    expect(log.gates.resolve('latest')).toBe(200)
  })

  test('that is opened anew lets go of where it stood', async () => {
    const rig = await appended(3)
    rig.gate(0, 'one')
    const rings = ringsOf(rig.doorbell)
    rig.gate(2, 'one')
    expect(rig.log.gates.size).toBe(1)
    expect(rig.log.gates.lowest().offset).toBe(2)
    expect(ringsOf(rig.doorbell)).toBe(rings + 1)
  })

  test('of which there are many more than 128 all hold', async () => {
    const rig = await appended(0)
    const gates = Array.from({ length: 300 }, (_, i) => rig.gate(0, `c${i}`))
    expect(rig.log.gates.size).toBe(300)
    for (const gate of gates.slice(1)) gate.release(50)
    expect(rig.log.gates.lowest()).toMatchObject({ offset: 0, holder: { clientId: 'c0' } })
  })
})

describe('the gate of a group', () => {
  test.each<[GroupGateMove['start'], number]>([
    ['earliest', 0],
    ['latest', 10],
    [4, 4],
  ])('is opened at %s, with nothing committed', async (start, offset) => {
    const { log } = await appended(10)
    const request = move({ start })
    expect(log.gates.moveGroup(request)).toEqual({ offset, isCommitted: false })
    expect(log.gates.lowest()).toEqual({
      offset,
      holder: { groupId: 'billing', consumerId: 'id-1', clientId: 'one' },
    })
  })

  test('goes on from what the former owner has committed, which can move it no more', async () => {
    const { log, memory, doorbell } = await appended(10)
    const first = move()
    log.gates.moveGroup(first)
    const former = new Grant(first.memory, memory, doorbell)
    former.commit(6)
    const second = move({ start: 'latest', consumerId: 'id-2', clientId: 'two' })
    expect(log.gates.moveGroup(second)).toEqual({ offset: 6, isCommitted: true })
    expect(new Grant(second.memory, memory, doorbell).committed).toBe(6)
    former.commit(9)
    expect(log.gates.lowest()).toMatchObject({ offset: 6, holder: { clientId: 'two' } })
    expect(log.gates.size).toBe(1)
  })

  test('keeps its start through owners that commit nothing, whatever they ask for', async () => {
    const { log } = await appended(10)
    log.gates.moveGroup(move({ start: 3 }))
    const parked = move({ start: 'latest', consumerId: null, clientId: null })
    expect(log.gates.moveGroup(parked)).toEqual({ offset: 3, isCommitted: false })
    expect(log.gates.moveGroup(move())).toEqual({ offset: 3, isCommitted: false })
  })

  test('moved twice by the same request stays with its owner, commits and all', async () => {
    const { log, memory, doorbell } = await appended(10)
    const request = move()
    log.gates.moveGroup(request)
    new Grant(request.memory, memory, doorbell).commit(5)
    expect(log.gates.moveGroup(request)).toEqual({ offset: 5, isCommitted: true })
    expect(new Grant(request.memory, memory, doorbell).committed).toBe(5)
  })

  test('can be set to an offset, back or ahead, and lets a full ring go on', async () => {
    const rig = await appended(0)
    const { log } = rig
    log.gates.moveGroup(move())
    const filled = await rig.fill()
    const waiting = log.append(kibibyte(), deadline())
    const ahead = move({ commit: 20 })
    expect(log.gates.moveGroup(ahead)).toEqual({ offset: 20, isCommitted: true })
    expect((await waiting).baseOffset).toBe(filled)
    expect(log.gates.moveGroup(move({ commit: 5 }))).toEqual({ offset: 5, isCommitted: true })
    const back = move({ commit: 7 })
    log.gates.moveGroup(back)
    new Grant(back.memory, rig.memory, rig.doorbell).commit(9)
    expect(log.gates.moveGroup(back)).toEqual({ offset: 9, isCommitted: true })
  })

  test('holds a full ring while it is handed over, and without an owner', async () => {
    const rig = await appended(0)
    const { log, memory, doorbell } = rig
    const first = move()
    log.gates.moveGroup(first)
    const filled = await rig.fill()
    const waiting = log.append(kibibyte(), deadline())
    new Grant(first.memory, memory, doorbell).commit(0)
    const parked = move({ consumerId: null, clientId: null })
    log.gates.moveGroup(parked)
    await new Promise((resolve) => setImmediate(resolve))
    expect([log.logStartOffset, log.endOffset]).toEqual([0, filled])

    const next = move({ consumerId: 'id-2', clientId: 'two' })
    log.gates.moveGroup(next)
    new Grant(next.memory, memory, doorbell).commit(20)
    expect((await waiting).baseOffset).toBe(filled)
  })

  test('lets a full ring go on by what a former owner released and rang nobody for (INV-62)', async () => {
    const rig = await appended(0)
    const { log } = rig
    const first = move()
    log.gates.moveGroup(first)
    const filled = await rig.fill()
    // A wait that nobody ends takes longer than the test may.
    const waiting = log.append(kibibyte(), deadline({ maxBlockMs: 60_000 }))
    await new Promise((resolve) => setImmediate(resolve))
    const former = new GateView(first.memory)
    former.committedWord = 20
    former.revoke()
    expect(log.gates.moveGroup(move())).toEqual({ offset: 20, isCommitted: true })
    expect((await waiting).baseOffset).toBe(filled)
  })

  test('is named where it holds, with whether a live consumer has it', async () => {
    const rig = await appended(0)
    rig.log.gates.moveGroup(move())
    await rig.fill()
    const refused = (): Promise<unknown> =>
      rig.log.append(kibibyte(), deadline({ maxBlockMs: 0 })).catch((error: unknown) => error)
    expect(await refused()).toMatchObject({
      code: 'BUFFER_FULL',
      message: expect.stringContaining('group billing (consumer one) at offset 0') as string,
      details: { holder: { groupId: 'billing', consumerId: 'id-1', clientId: 'one', offset: 0 } },
    })
    rig.log.gates.moveGroup(move({ consumerId: null, clientId: null }))
    expect(await refused()).toMatchObject({
      message: expect.stringContaining('group billing, of which no live consumer') as string,
      details: {
        holder: { groupId: 'billing', consumerId: null, offset: 0 },
        remedy: expect.stringContaining('groupExpiryMs') as string,
      },
    })
  })

  test('fails what waits once no consumer comes any more, where it has none', async () => {
    const rig = await appended(0)
    const { log } = rig
    rig.log.gates.moveGroup(move())
    const filled = await rig.fill()
    const waiting = [log.append(kibibyte(), deadline()), log.append(kibibyte(), deadline())]
    log.expectNoConsumers()
    // Its consumer is there still.
    await new Promise((resolve) => setImmediate(resolve))
    expect(log.blocked).toMatchObject({ waitingAppends: 2, holder: { clientId: 'one' } })
    log.gates.moveGroup(move({ consumerId: null, clientId: null }))
    const refused = { code: 'BUFFER_FULL', details: { holder: { hasLiveMembers: false } } }
    for (const append of waiting) await expect(append).rejects.toMatchObject(refused)
    await expect(log.append(kibibyte(), deadline())).rejects.toMatchObject(refused)
    expect([log.blocked, log.endOffset]).toEqual([null, filled])
    // Where nobody holds, there is room.
    log.gates.removeGroup('billing')
    expect((await log.append(kibibyte(), deadline())).baseOffset).toBe(filled)
  })

  test('lets a full ring go on once it is removed; others hold on', async () => {
    const rig = await appended(0)
    const other = rig.gate(0, 'other')
    rig.log.gates.moveGroup(move())
    const filled = await rig.fill()
    const waiting = rig.log.append(kibibyte(), deadline())
    other.release(30)
    rig.log.gates.removeGroup('never there')
    rig.log.gates.removeGroup('billing')
    expect((await waiting).baseOffset).toBe(filled)
    expect(rig.log.gates.lowest()).toMatchObject({ offset: 30, holder: { clientId: 'other' } })
  })

  test('and those of other groups and consumers of the same name are each their own', async () => {
    const { log, memory } = await appended(10)
    const consumerGate = createGateMemory()
    log.gates.openConsumer('billing', 'billing', consumerGate, 8)
    log.gates.moveGroup(move({ start: 2 }))
    log.gates.moveGroup(move({ groupId: 'audit', start: 5 }))
    expect(log.gates.size).toBe(3)
    log.gates.removeGroup('billing')
    expect(log.gates.lowest()).toMatchObject({ offset: 5, holder: { groupId: 'audit' } })
    new Gate(consumerGate, memory).release(3)
    expect(log.gates.lowest()).toMatchObject({ offset: 3, holder: { groupId: null } })
  })
})
