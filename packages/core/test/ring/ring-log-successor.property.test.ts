import { RingLogReader, RingLogWriter, createRingLogMemory } from '@ringlog/core'
import { READ_OK, READ_NOTHING_NEW, ReadResult, RecordBatchHeader } from '@ringlog/core/internal'
import { Mortal } from '@ringlog/test-kit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BLOCKED_WORD } from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'

const RING_BYTES = 64 * 1024

type Act =
  | { kind: 'append'; valueBytes: number; records: number }
  | { kind: 'delete'; share: number }
  | { kind: 'expire'; share: number }
  | { kind: 'block' }

interface Step {
  act: Act
  /** Before which atomic write the writer dies; mostly there are fewer. */
  deathStep: number
  /** The same of its successor, while it takes over. */
  successorDeathStep: number
  losses: boolean[]
}

/** Of what the log holds. */
const anyShare: fc.Arbitrary<number> = fc.nat(10).map((tenths) => tenths / 10)

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      valueBytes: fc.oneof(fc.nat(200), fc.nat(8000), fc.integer({ min: 15_000, max: 16_000 })),
      records: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      share: anyShare,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('expire' as const),
      share: anyShare,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('block' as const) }) },
)

const step: fc.Arbitrary<Step> = fc.record({
  act: anyAct,
  deathStep: fc.integer({ min: 1, max: 10 }),
  successorDeathStep: fc.integer({ min: 1, max: 8 }),
  losses: fc.array(fc.boolean(), { minLength: 3, maxLength: 11 }),
})

/** A log, and all that was published in it, by offset of its batches. */
class Rig {
  readonly memory: SharedArrayBuffer = createRingLogMemory(RING_BYTES)
  /** One that has been there all the time, with what it remembers. */
  readonly #reader = new RingLogReader(this.memory)
  readonly #published: Uint8Array[] = []
  #writer = new RingLogWriter(this.memory)
  #endOffset = 0
  #startOffset = 0

  run({ act, deathStep, successorDeathStep, losses }: Step): void {
    let loss = 0
    const isLost = (): boolean => losses[loss++ % losses.length]!
    const before = { end: this.#endOffset, start: this.#startOffset }
    const after = { ...before }
    if (!this.#dies(this.#prepare(act, after), deathStep, isLost)) {
      this.#endOffset = after.end
      this.#startOffset = this.#writer.logStartOffset
    } else {
      this.#dies(() => new RingLogWriter(this.memory), successorDeathStep, isLost)
      this.#writer = new RingLogWriter(this.memory)
      this.#writer.touchPages()
      const words = new BigInt64Array(this.memory)
      expect(words[BLOCKED_WORD]).toBe(0n)
      // The log as it was, or as it would have become; what was evicted for it may be gone either way.
      expect([before.end, after.end]).toContain(this.#writer.endOffset)
      expect(this.#writer.logStartOffset).toBeGreaterThanOrEqual(before.start)
      if (act.kind === 'block') expect(this.#writer.logStartOffset).toBe(before.start)
      this.#endOffset = this.#writer.endOffset
      this.#startOffset = this.#writer.logStartOffset
    }
    this.#expectWhole(this.#reader)
    this.#expectWhole(new RingLogReader(this.memory))
  }

  /** What to do; notes the log's end after it. */
  #prepare(act: Act, after: { end: number }): () => void {
    const writer = this.#writer
    const offset = (share: number): number =>
      this.#startOffset + Math.floor(share * (this.#endOffset - this.#startOffset + 1))
    switch (act.kind) {
      case 'block':
        return () => writer.setBlocked(true)
      case 'delete':
        return () => writer.deleteBefore(offset(act.share))
      case 'expire':
        return () => writer.evictOlderThan(offset(act.share), Infinity)
      case 'append':
      default: {
        const values = Array.from({ length: act.records }, (_, i) => ({
          value: new Uint8Array(act.valueBytes / act.records).fill(this.#endOffset + i),
          timestamp: this.#endOffset + i,
        }))
        const batch = batchOf(values)
        after.end += act.records
        for (let i = 0; i < act.records; i++) this.#published[this.#endOffset + i] = batch
        return () => {
          expect(writer.makeRoom(batch.length, Infinity)).toBe(true)
          writer.append(batch)
        }
      }
    }
  }

  #dies(life: () => void, deathStep: number, isLost: () => boolean): boolean {
    const mortal = new Mortal(this.memory)
    mortal.dieAt(deathStep)
    return mortal.run(life, isLost)
  }

  /** Reads the log from its start, byte for byte; and looks every offset and timestamp up. */
  #expectWhole(reader: RingLogReader): void {
    expect([reader.logStartOffset, reader.endOffset]).toEqual([this.#startOffset, this.#endOffset])
    expect(reader.deletedBefore).toBeLessThanOrEqual(this.#startOffset)
    const target = new Uint8Array(2 * RING_BYTES)
    const result = new ReadResult()
    const header = new RecordBatchHeader()
    let offset = this.#startOffset
    while (offset < this.#endOffset) {
      reader.read(offset, target, result)
      expect(result.status).toBe(READ_OK)
      for (let at = 0; at < result.copiedBytes;) {
        const { baseOffset, lastOffset, sizeBytes } = header.wrap(target.subarray(at))
        const batch = this.#published[lastOffset]!
        expect(sizeBytes).toBe(batch.length)
        expect(Buffer.compare(target.subarray(at + 8, at + sizeBytes), batch.subarray(8))).toBe(0)
        expect(baseOffset).toBeLessThanOrEqual(offset)
        offset = lastOffset + 1
        at += (sizeBytes + 7) & -8
      }
      expect(result.nextOffset).toBe(offset)
    }
    reader.read(offset, target, result)
    expect(result.status).toBe(READ_NOTHING_NEW)
    for (let at = this.#startOffset; at < this.#endOffset; at++) {
      expect(reader.findByTimestamp(at)).toEqual({ offset: at, timestamp: at })
      reader.read(at, target, result)
      expect(header.wrap(target).lastOffset).toBeGreaterThanOrEqual(at)
      expect(header.baseOffset).toBeLessThanOrEqual(at)
    }
  }
}

test('a writer that dies at any step leaves the log as it was, or as it would have become', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 90 }), (steps) => {
      const rig = new Rig()
      for (const each of steps) rig.run(each)
    }),
    { numRuns: 12 },
  )
})
