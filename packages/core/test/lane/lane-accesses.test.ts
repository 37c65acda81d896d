import { RinglogError } from '@ringlog/core'
import { LANE_CLOSED, LaneReader } from '@ringlog/core/internal'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  ANSWER_COUNT_WORD,
  FRAMES_BYTE,
  FRAME_COUNT_WORD,
  PENDING_FRAME_WORD,
  PRODUCER_STATE_WORD,
  WORKER_STATE_WORD,
  laneSectionsOf,
} from '../../src/lane/lane-layout.ts'
import {
  DEADLINE,
  openLane,
  patternBytes,
  readAnswers,
  takeBytes,
  type LaneRig,
} from './lane-rig.ts'

/**
 * The order of these accesses, and of the plain stores between them, is what INV-21 to INV-28 are about.
 * On x86, where the tests run as a rule, plain stores in their places would pass every test on real
 * threads.
 */
const WORD_NAMES: Readonly<Record<number, string>> = {
  [FRAME_COUNT_WORD]: 'FRAME_COUNT',
  [PRODUCER_STATE_WORD]: 'PRODUCER_STATE',
  [ANSWER_COUNT_WORD]: 'ANSWER_COUNT',
  [WORKER_STATE_WORD]: 'WORKER_STATE',
  [PENDING_FRAME_WORD]: 'PENDING_FRAME',
}
const OPERATIONS = ['load', 'store', 'add', 'exchange'] as const
const LANE_BYTES = 1024
const SLOTS = 4
const sections = laneSectionsOf(LANE_BYTES, SLOTS)

/** What lies between the words that are accessed atomically. */
const PLAIN_PARTS = {
  'the note': [PENDING_FRAME_WORD * 4 + 4, FRAMES_BYTE],
  'a frame': [FRAMES_BYTE, sections.answersByte],
  'an answer': [sections.answersByte, sections.refusalByte],
  'a refusal': [sections.refusalByte, sections.closingByte],
  'a reason': [sections.closingByte, sections.dataByte],
  bytes: [sections.dataByte, sections.totalBytes],
} as const

afterEach(() => vi.restoreAllMocks())

/** What `act` does to the lane: atomic accesses, and between them which plain parts have changed. */
function accessesOf({ memory }: LaneRig, act: () => void): string[] {
  const accesses: string[] = []
  const parts = Object.entries(PLAIN_PARTS).map(([name, [start, end]]) => ({
    name,
    bytes: Buffer.from(memory, start, end - start),
  }))
  let before = parts.map(({ bytes }) => Buffer.from(bytes))
  const notePlainStores = (): void => {
    parts.forEach(({ name, bytes }, i) => {
      if (!bytes.equals(before[i]!)) accesses.push(`write ${name}`)
    })
    before = parts.map(({ bytes }) => Buffer.from(bytes))
  }
  for (const operation of OPERATIONS) {
    const original = Atomics[operation] as (...args: unknown[]) => unknown
    vi.spyOn(Atomics, operation).mockImplementation(((...args: unknown[]) => {
      notePlainStores()
      accesses.push(`${operation} ${WORD_NAMES[args[1] as number]}`)
      return original(...args)
    }) as never)
  }
  act()
  vi.restoreAllMocks()
  notePlainStores()
  return accesses
}

/** A lane in which so many batches were handed over, of which the first was found. */
function lane(batches = 0): LaneRig {
  const rig = openLane(LANE_BYTES, SLOTS)
  for (let i = 0; i < batches; i++) rig.writer.tryWrite(patternBytes(7 + i, 8), 8, DEADLINE)
  rig.reader.peek()
  return rig
}

describe('a producer', () => {
  test('writes bytes and entry, then publishes them by one store (INV-21)', () => {
    const rig = lane()
    const write = (): unknown => rig.writer.tryWrite(patternBytes(1, 100), 100, DEADLINE)
    expect(accessesOf(rig, write)).toEqual(['write a frame', 'write bytes', 'store FRAME_COUNT'])
  })

  test('looks for answers, and for the state before it looks again (INV-23, INV-28)', () => {
    const rig = lane(1)
    const looks = ['load ANSWER_COUNT', 'load WORKER_STATE']
    expect(accessesOf(rig, () => void rig.writer.hasAnswer)).toEqual(looks)
    expect(accessesOf(rig, () => readAnswers(rig.writer))).toEqual(looks)
    rig.reader.acknowledge(5, 6)
    expect(accessesOf(rig, () => readAnswers(rig.writer))).toEqual(['load ANSWER_COUNT', ...looks])
    rig.reader.close(new RinglogError('BROKER_CLOSED'))
    expect(accessesOf(rig, () => readAnswers(rig.writer))).toEqual([
      ...looks,
      'load ANSWER_COUNT',
      'load ANSWER_COUNT',
    ])
  })

  test('closes by an atomic store, which no later one and none before can pass (INV-28)', () => {
    const rig = lane(1)
    expect(accessesOf(rig, () => rig.writer.close())).toEqual(['store PRODUCER_STATE'])
  })
})

describe('a partition worker', () => {
  test('looks for frames, and for the state before it looks again (INV-21, INV-28)', () => {
    const rig = lane()
    const looks = ['load FRAME_COUNT', 'load PRODUCER_STATE']
    expect(accessesOf(rig, () => rig.reader.peek())).toEqual(looks)
    rig.writer.tryWrite(patternBytes(1, 8), 8, DEADLINE)
    expect(accessesOf(rig, () => rig.reader.peek())).toEqual(['load FRAME_COUNT'])
    expect(accessesOf(rig, () => takeBytes(rig.reader))).toEqual([])
    rig.reader.acknowledge(5, 6)
    rig.writer.close()
    expect(accessesOf(rig, () => rig.reader.peek())).toEqual([...looks, 'load FRAME_COUNT'])
  })

  test('notes, then answers by one store after the entry (INV-23, INV-24)', () => {
    const rig = lane(1)
    expect(accessesOf(rig, () => rig.reader.notePending(800, 5, 6))).toEqual([
      'write the note',
      'store PENDING_FRAME',
    ])
    expect(accessesOf(rig, () => rig.reader.acknowledge(5, 6))).toEqual([
      'write an answer',
      'store ANSWER_COUNT',
    ])
  })

  test('answers without a note make the one that is there void first (INV-25)', () => {
    const rig = lane(3)
    const answered = ['write an answer', 'store PENDING_FRAME', 'store ANSWER_COUNT']
    expect(accessesOf(rig, () => rig.reader.acknowledge(5, 6))).toEqual(answered)
    rig.reader.peek()
    const refuse = (): void => rig.reader.refuse(new RinglogError('BUFFER_FULL'))
    expect(accessesOf(rig, refuse)).toEqual([
      'write an answer',
      'write a refusal',
      'store PENDING_FRAME',
      'store ANSWER_COUNT',
    ])
    rig.reader.peek()
    expect(accessesOf(rig, () => rig.reader.skip())).toEqual(answered)
  })

  test('says why it closes a lane before it says that it does (INV-28)', () => {
    const rig = lane(1)
    const close = (): void => rig.reader.close(new RinglogError('BROKER_CLOSED'))
    expect(accessesOf(rig, close)).toEqual(['write a reason', 'store WORKER_STATE'])
  })

  test('that succeeds another one answers what was published, or voids its note (INV-24, INV-25)', () => {
    const opened = ['load ANSWER_COUNT', 'load WORKER_STATE', 'load PENDING_FRAME']
    for (const [ringEndPosition, then] of [
      [800, ['write an answer', 'store ANSWER_COUNT']],
      [700, ['store PENDING_FRAME']],
    ] as const) {
      const rig = lane(1)
      rig.reader.notePending(800, 5, 6)
      const recover = (): unknown => new LaneReader(rig.memory).recover(ringEndPosition)
      expect(accessesOf(rig, recover)).toEqual([...opened, ...then])
    }
  })

  test('that succeeds one that had closed the lane answers nothing more (INV-28)', () => {
    const rig = lane(1)
    rig.reader.notePending(800, 5, 6)
    rig.reader.close(new RinglogError('BROKER_CLOSED'))
    const successor = new LaneReader(rig.memory)
    expect(successor.recover(800)).toBe(false)
    expect(successor.peek()).toBe(LANE_CLOSED)
    expect(readAnswers(rig.writer)).toEqual([])
  })
})
