import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProducerEntry } from '../../src/segment/producer-entries.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { batchAt } from '../log-batches.ts'
import { offsetsOf, openLog } from '../open-log.ts'
import { SimulatedFileSystem } from '../simulation/simulated-file-system.ts'

const SEGMENT_BYTES = 8_000
const SEGMENT_MS = 1_000
const RETENTION_BYTES = 20_000
const RETENTION_MS = 3_000

interface ModelBatch {
  readonly baseOffset: number
  readonly endOffset: number
  readonly sizeBytes: number
  readonly timestamp: number
}

/** What a log is, in so many words: segments of batches, and the latest batch of each producer. */
class ModelLog {
  segments: Array<{ baseOffset: number; batches: ModelBatch[] }> = [{ baseOffset: 0, batches: [] }]
  logStartOffset = 0
  endOffset = 0
  readonly producers = new Map<number, number>()

  append(batch: ModelBatch, producerId: number): void {
    const { batches } = this.segments.at(-1)!
    const isFull = bytesOf(batches) + batch.sizeBytes > SEGMENT_BYTES
    const isOld = batches.length > 0 && batch.timestamp - batches[0]!.timestamp > SEGMENT_MS
    if (batches.length > 0 && (isFull || isOld)) this.roll()
    this.segments.at(-1)!.batches.push(batch)
    this.endOffset = batch.endOffset
    this.producers.set(producerId, batch.endOffset - 1)
  }

  roll(): void {
    if (this.segments.at(-1)!.batches.length === 0) return
    this.segments.push({ baseOffset: this.endOffset, batches: [] })
  }

  deleteBefore(offset: number): void {
    this.logStartOffset = Math.max(offset, this.logStartOffset)
    while (this.segments.length > 1 && this.segments[1]!.baseOffset <= this.logStartOffset) {
      this.segments.shift()
    }
  }

  applyRetention(nowMs: number, upTo: number): void {
    for (;;) {
      const { batches } = this.segments[0]!
      if (batches.length === 0 || batches.at(-1)!.endOffset > upTo) return
      const rest = bytesOf(this.segments.slice(1).flatMap((segment) => segment.batches))
      const latest = Math.max(...batches.map(({ timestamp }) => timestamp))
      if (nowMs - latest <= RETENTION_MS && rest < RETENTION_BYTES) return
      if (this.segments.length === 1) this.roll()
      this.deleteBefore(this.segments[1]!.baseOffset)
    }
  }
}

function bytesOf(batches: readonly ModelBatch[]): number {
  return batches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

const batchShape = fc.record({
  records: fc.integer({ min: 1, max: 4 }),
  valueBytes: fc.integer({ min: 0, max: 3_000 }),
  stepMs: fc.integer({ min: -300, max: 600 }),
  producerId: fc.integer({ min: 0, max: 3 }),
})

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      batches: fc.array(batchShape, { minLength: 1, maxLength: 8 }),
    }),
  },
  fc.record({ type: fc.constant('roll' as const) }),
  fc.record({
    type: fc.constant('deleteBefore' as const),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({
    type: fc.constant('retain' as const),
    laterMs: fc.integer({ min: -2_000, max: 5_000 }),
    part: fc.constantFrom(0, 0.5, 1),
  }),
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('reopen' as const, 'die' as const) }) },
)

/** A log and its model, to which the same is done. */
class Pair {
  readonly #fileSystem = new SimulatedFileSystem()
  readonly model = new ModelLog()
  log: SegmentedLog
  #timestamp = 1_000_000

  constructor() {
    this.#fileSystem.makeDirectory('/data')
    this.log = this.#open(false)
  }

  run(given: typeof command extends fc.Arbitrary<infer Command> ? Command : never): void {
    const { model, log } = this
    if (given.type === 'append') this.#append(given.batches)
    else if (given.type === 'roll') {
      model.roll()
      log.roll()
    } else if (given.type === 'deleteBefore') {
      const { logStartOffset, endOffset } = model
      const offset = logStartOffset + Math.floor(given.part * (endOffset - logStartOffset))
      model.deleteBefore(offset)
      log.deleteBefore(offset)
    } else if (given.type === 'retain') {
      const upTo = Math.floor(given.part * model.endOffset)
      model.applyRetention(this.#timestamp + given.laterMs, upTo)
      log.applyRetention(this.#timestamp + given.laterMs, upTo)
    } else {
      if (given.type === 'reopen') log.close()
      else log.abandon()
      this.log = this.#open(given.type === 'reopen')
      // A segment that was sealed since goes, too.
      model.deleteBefore(model.logStartOffset)
    }
  }

  /** Holds all that can be seen of the log against the model. */
  check(): void {
    const { model, log } = this
    expect([log.logStartOffset, log.endOffset]).toEqual([model.logStartOffset, model.endOffset])
    const { segments } = model
    expect(log.segments).toEqual(
      segments.map(({ baseOffset, batches }, index) => ({
        baseOffset,
        endOffset: segments[index + 1]?.baseOffset ?? model.endOffset,
        fileBytes: bytesOf(batches),
        largestTimestamp: Math.max(-1, ...batches.map(({ timestamp }) => timestamp)),
      })),
    )
    const from = segments[0]!.baseOffset
    expect(offsetsOf(log)).toEqual(
      Array.from({ length: model.endOffset - from }, (_, index) => from + index),
    )
    const known = new Map(
      log.producers.map((entry: ProducerEntry) => [entry.producerId, entry.lastOffset]),
    )
    for (const [producerId, lastOffset] of model.producers) {
      // Of one whose records are all deleted, nothing need be known.
      if (lastOffset >= from) expect(known.get(producerId)).toBe(lastOffset)
    }
  }

  #append(
    shapes: ReadonlyArray<typeof batchShape extends fc.Arbitrary<infer Shape> ? Shape : never>,
  ): void {
    const bytes: Uint8Array[] = []
    for (const { records, valueBytes, stepMs, producerId } of shapes) {
      const baseOffset = this.model.endOffset
      this.#timestamp += stepMs
      const producer = { producerId, producerEpoch: 0, baseSequence: baseOffset }
      const batch = batchAt({
        baseOffset,
        records,
        valueBytes,
        timestamp: this.#timestamp,
        producer,
      })
      bytes.push(batch)
      const { length: sizeBytes } = batch
      const endOffset = baseOffset + records
      this.model.append(
        { baseOffset, endOffset, sizeBytes, timestamp: this.#timestamp },
        producerId,
      )
    }
    const all = Buffer.concat(bytes)
    this.log.append(all, all.length)
  }

  #open(isClean: boolean): SegmentedLog {
    return openLog({
      fileSystem: this.#fileSystem,
      dataDirectory: '/data',
      isClean,
      logStartOffset: this.model.logStartOffset,
      config: {
        segmentBytes: SEGMENT_BYTES,
        segmentMs: SEGMENT_MS,
        retentionBytes: RETENTION_BYTES,
        retentionMs: RETENTION_MS,
      },
    })
  }
}

describe('SegmentedLog', () => {
  it('is what a plain model is, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 25 }), (commands) => {
        const pair = new Pair()
        for (const each of commands) {
          pair.run(each)
          pair.check()
        }
      }),
      { numRuns: 300 },
    )
  })
})
