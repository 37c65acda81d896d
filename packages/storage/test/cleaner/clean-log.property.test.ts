import { SEED } from '@ringlog/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanLog } from '../../src/cleaner/clean-log.ts'
import { CleaningMemory } from '../../src/cleaner/cleaning-memory.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { findCleanable } from '../../src/storage-thread/cleanable-log.ts'
import { firstTimestampOf } from '../../src/segment/first-timestamp.ts'
import { openLog } from '../open-log.ts'
import { SimulatedFileSystem } from '../simulation/simulated-file-system.ts'
import { contentOf, keyedBatch, recordsOf, type FoundKeyedRecord } from './keyed-batches.ts'

const SEGMENT_BYTES = 2_000
const DELETE_RETENTION_MS = 1_000
const LAG_MS = 500

const record = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  value: fc.option(fc.string({ maxLength: 200 }), { freq: 4 }),
  laterMs: fc.integer({ min: -50, max: 200 }),
  header: fc.option(fc.string({ maxLength: 10 }), { freq: 3 }),
})

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      records: fc.array(record, { minLength: 1, maxLength: 6 }),
      compression: fc.constantFrom(0, 0, 1, 4),
      producerId: fc.constantFrom(-1, 1, 2),
    }),
  },
  fc.record({ type: fc.constant('roll' as const) }),
  fc.record({
    type: fc.constant('delete' as const),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('clean' as const),
      hasLag: fc.boolean(),
      /** What is acknowledged and synced. */
      part: fc.constantFrom(0.5, 1, 1),
      maxKeys: fc.constantFrom(2, 3, 1_000),
      /** Rounds that end before they have swapped all of it. */
      swaps: fc.constantFrom(0, 1, 1_000, 1_000, 1_000),
    }),
  },
  fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
  fc.record({ type: fc.constant('reopen' as const) }),
)

/** A log, and all that was ever written to it. */
class Compacted {
  readonly #fileSystem = new SimulatedFileSystem()
  /** Of all rounds: one finds nothing of those before it. */
  readonly #memory = new CleaningMemory(this.#fileSystem, new Uint8Array(16))
  readonly #written: FoundKeyedRecord[] = []
  readonly #sequences = new Map<number, number>()
  log: SegmentedLog
  #nowMs = 1_000_000
  #cleanerPoint = 0
  /** Of the tombstones that were looked at by a round, until when they stay at least. */
  readonly #stayUntilMs = new Map<number, number>()

  constructor() {
    this.#fileSystem.makeDirectory('/data')
    this.log = this.#open()
  }

  run(given: typeof command extends fc.Arbitrary<infer Command> ? Command : never): void {
    const { log } = this
    if (given.type === 'append') this.#append(given)
    else if (given.type === 'roll') log.roll()
    else if (given.type === 'wait') this.#nowMs += given.ms
    else if (given.type === 'clean') this.#clean(given)
    else if (given.type === 'delete') {
      const { logStartOffset, endOffset } = log
      log.deleteBefore(logStartOffset + Math.floor(given.part * (endOffset - logStartOffset)))
    } else {
      const { logStartOffset, endOffset } = log
      log.close()
      this.log = this.#open(endOffset, logStartOffset)
    }
  }

  check(): void {
    const { log } = this
    const { records, batches } = contentOf(log)
    // What is there is what was written, in its order.
    const offsets = records.map(({ offset }) => offset)
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
    expect(new Set(offsets).size).toBe(offsets.length)
    for (const found of records) expect(found).toEqual(this.#written[found.offset])
    // The latest of each key is there; a tombstone for its time.
    const there = new Set(offsets)
    for (const last of this.#latest()) {
      const { offset, value } = last
      const staysUntilMs = this.#stayUntilMs.get(offset) ?? Infinity
      if (offset < log.logStartOffset) continue
      if (value !== null || this.#nowMs < staysUntilMs)
        expect([last, there.has(offset)]).toEqual([last, true])
    }
    // The log ends where it did, without overlaps, and a producer's last batch is there.
    let next = 0
    for (const { baseOffset, lastOffset } of batches) {
      expect(baseOffset).toBeGreaterThanOrEqual(next)
      next = lastOffset + 1
    }
    expect(log.endOffset).toBe(this.#written.length)
    const known = new Map(log.producers.map((entry) => [entry.producerId, entry]))
    for (const [producerId, nextSequence] of this.#sequences) {
      const entry = known.get(producerId)
      if (entry === undefined) continue // all it has sent is deleted
      expect(entry.lastSequence).toBe(nextSequence - 1)
    }
  }

  #latest(): FoundKeyedRecord[] {
    return [...new Map(this.#written.map((each) => [each.key, each])).values()]
  }

  #append({ records, compression, producerId }: AppendCommand): void {
    const baseOffset = this.log.endOffset
    const baseSequence = this.#sequences.get(producerId) ?? 0
    const batch = keyedBatch({
      baseOffset,
      records: records.map(({ key, value, laterMs, header }) => ({
        key,
        value,
        timestamp: (this.#nowMs += Math.max(laterMs, 0)) - Math.max(-laterMs, 0),
        headers: header === null ? [] : [['h', Buffer.from(header)]],
      })),
      compression,
      producer: producerId < 0 ? undefined : { producerId, producerEpoch: 0, baseSequence },
    })
    if (producerId >= 0) this.#sequences.set(producerId, baseSequence + records.length)
    this.log.append(batch, batch.length)
    this.#written.push(...recordsOf(batch))
  }

  #clean({ hasLag, part, maxKeys, swaps }: CleanCommand): void {
    const { log } = this
    for (const sealed of log.takeSealed()) sealed.close()
    const safeUpTo = Math.floor(part * log.endOffset)
    const nowMs = this.#nowMs
    const cleanable = findCleanable(
      {
        segments: log.segments,
        logStartOffset: log.logStartOffset,
        cleanerPoint: this.#cleanerPoint,
        safeUpTo,
        firstTimestampOf: (baseOffset) => firstTimestampOf(log.folder, baseOffset),
      },
      {
        minCleanableDirtyRatio: 0,
        minCompactionLagMs: hasLag ? LAG_MS : 0,
        maxCompactionLagMs: null,
      },
      nowMs,
    )
    if (cleanable === null) return
    const { segments, firstDirtyOffset } = cleanable
    const before = contentOf(log).records
    const upTo = segments.at(-1)!.endOffset
    let left = swaps
    const { cleanedUpTo } = cleanLog({
      fileSystem: this.#fileSystem,
      job: {
        folder: log.folder.path,
        segments,
        firstDirtyOffset,
        nowMs,
        deleteRetentionMs: DELETE_RETENTION_MS,
        segmentBytes: SEGMENT_BYTES,
        maxKeys,
      },
      memory: this.#memory,
      assertWanted: () => undefined,
      onCleaned: (segment) => {
        expect(segment.fileBytes).toBeLessThanOrEqual(SEGMENT_BYTES + 500)
        if (left-- > 0) log.sealed.replace(segment)
        else log.folder.dropCleaned()
      },
    })
    expect(cleanedUpTo).toBeGreaterThan(firstDirtyOffset)
    for (const { offset, value } of before) {
      const isLookedAt = value === null && offset < upTo && !this.#stayUntilMs.has(offset)
      if (isLookedAt) this.#stayUntilMs.set(offset, nowMs + DELETE_RETENTION_MS)
    }
    this.#checkCleaned(before, cleanedUpTo, upTo, safeUpTo, hasLag, swaps >= 1_000)
    if (swaps >= 1_000) this.#cleanerPoint = cleanedUpTo
  }

  /** What a round has left: nothing else than what it may, and all that it must. */
  #checkCleaned(
    before: readonly FoundKeyedRecord[],
    cleanedUpTo: number,
    upTo: number,
    safeUpTo: number,
    hasLag: boolean,
    isWhole: boolean,
  ): void {
    const after = contentOf(this.log)
    const there = new Set(after.records.map(({ offset }) => offset))
    expect(upTo).toBeLessThanOrEqual(safeUpTo)
    const latest = new Map(
      before.filter(({ offset }) => offset < cleanedUpTo).map((each) => [each.key, each.offset]),
    )
    for (const { offset, key, timestamp, value } of before) {
      const isOld = offset < latest.get(key)!
      if (isWhole && offset < cleanedUpTo && isOld)
        expect([offset, there.has(offset)]).toEqual([offset, false])
      if (there.has(offset)) continue
      expect(offset).toBeLessThan(cleanedUpTo)
      expect(isOld || (value === null && this.#nowMs >= this.#stayUntilMs.get(offset)!)).toBe(true)
      if (hasLag) expect(timestamp).toBeLessThanOrEqual(this.#nowMs)
    }
    // Readers come past the end of what was compacted.
    expect(after.batches.some(({ lastOffset }) => lastOffset + 1 === upTo)).toBe(true)
  }

  #open(recoveryPoint = 0, logStartOffset = 0): SegmentedLog {
    return openLog({
      fileSystem: this.#fileSystem,
      dataDirectory: '/data',
      recoveryPoint,
      logStartOffset,
      config: { segmentBytes: SEGMENT_BYTES, cleanupPolicy: ['compact'] },
    })
  }
}

type CommandOf = typeof command extends fc.Arbitrary<infer Command> ? Command : never
type AppendCommand = Extract<CommandOf, { type: 'append' }>
type CleanCommand = Extract<CommandOf, { type: 'clean' }>

describe(`compaction, seed ${SEED}`, () => {
  it('keeps the latest record of each key, tombstones for their time, and the order', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const compacted = new Compacted()
        for (const each of commands) {
          compacted.run(each)
          compacted.check()
        }
      }),
      { numRuns: 400, seed: SEED },
    )
  })
})
