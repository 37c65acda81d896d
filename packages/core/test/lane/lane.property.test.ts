import { RinglogError } from '@ringlog/core'
import {
  ANSWER_APPENDED,
  ANSWER_BEHIND_REFUSED,
  ANSWER_REFUSED,
  LANE_BATCH,
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneAnswer,
  LaneReader,
} from '@ringlog/core/internal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openLane, patternBytes, takeBytes, type LaneRig } from './lane-rig.ts'

const LANE_BYTES = 1024

interface ModelBatch {
  serial: number
  sizeBytes: number
  /** The bytes of the data section that it keeps from others, the rest of a lap included. */
  places: number[]
  resets: number
}

interface ModelAnswer {
  outcome: number
  baseOffset: number
  message: string | null
}

/** The lane as it should be: a queue of batches, and one of answers. */
class Model {
  readonly slots: number
  batches: ModelBatch[] = []
  answers: ModelAnswer[] = []
  /** Batches, oldest first, whose answers were not read: they hold their bytes. */
  unread: ModelBatch[] = []
  nextPlace = 0
  resets = 0
  /** The count of resets at which a batch was refused last; `null`: none, or the one after it was appended. */
  refusedAt: number | null = null
  isRefused = false
  isClosedByProducer = false
  workerError: string | null = null
  /** What the producer knows of it. */
  knownWorkerError: string | null = null

  constructor(slots: number) {
    this.slots = slots
  }

  get canWrite(): boolean {
    return !this.isRefused && !this.isClosedByProducer && this.knownWorkerError === null
  }

  /** Finds room by looking at every byte; `null` where there is none. */
  placesFor(sizeBytes: number): number[] | null {
    if (this.unread.length === this.slots) return null
    const size = Math.ceil(sizeBytes / 8) * 8
    const isAtEnd = this.nextPlace + size > LANE_BYTES
    const first = isAtEnd ? LANE_BYTES : this.nextPlace + size
    const places: number[] = []
    for (let at = this.nextPlace; at < first; at++) places.push(at)
    if (isAtEnd) for (let at = 0; at < size; at++) places.push(at)
    const taken = new Set(this.unread.flatMap((batch) => batch.places))
    return places.some((at) => taken.has(at)) ? null : places
  }

  get isBehindRefused(): boolean {
    return this.batches[0]?.resets === this.refusedAt
  }

  get status(): number {
    if (this.workerError !== null) return LANE_CLOSED
    if (this.batches.length > 0)
      return this.isBehindRefused ? LANE_BATCH_BEHIND_REFUSED : LANE_BATCH
    return this.isClosedByProducer ? LANE_CLOSED : LANE_EMPTY
  }
}

/** A lane, its model, a log that is an array, and the operations that are carried out on all three. */
class Rig {
  readonly model: Model
  readonly log: number[] = []
  readonly lane: LaneRig
  reader: LaneReader
  serial = 0

  constructor(slots: number, count: number) {
    this.model = new Model(slots)
    this.lane = openLane(LANE_BYTES, slots, count)
    this.reader = this.lane.reader
  }

  write(sizeBytes: number): void {
    const { model } = this
    const serial = this.serial++
    const deadline = {
      requestDeadlineMs: serial + 0.5,
      waitingSinceMs: serial + 0.25,
      maxBlockMs: serial,
    }
    const places = model.canWrite ? model.placesFor(sizeBytes) : null
    const bytes = patternBytes(serial, sizeBytes)
    expect(this.lane.writer.tryWrite(bytes, sizeBytes, deadline)).toBe(places !== null)
    if (places === null) return
    const batch = { serial, sizeBytes, places, resets: model.resets }
    model.batches.push(batch)
    model.unread.push(batch)
    model.nextPlace = (places.at(-1)! + 1) % LANE_BYTES
  }

  /** The worker answers one batch, in the way given, or dies on the way and is replaced. */
  serve(how: 'append' | 'duplicate' | 'refuse' | Death): void {
    const { model } = this
    const { status } = model
    expect(this.reader.peek()).toBe(status)
    if (status === LANE_BATCH_BEHIND_REFUSED) {
      this.reader.skip()
      model.batches.shift()
      model.answers.push({ outcome: ANSWER_BEHIND_REFUSED, baseOffset: -1, message: null })
    }
    if (status !== LANE_BATCH) return
    const { serial, sizeBytes, resets } = model.batches[0]!
    expect(this.reader.frame).toMatchObject({
      sizeBytes,
      requestDeadlineMs: serial + 0.5,
      waitingSinceMs: serial + 0.25,
      maxBlockMs: serial,
    })
    expect(takeBytes(this.reader)).toEqual(patternBytes(serial, sizeBytes))
    if (how === 'dieBeforeNote') return this.reopen()
    if (how === 'refuse') {
      const message = `refused ${serial}`
      this.reader.refuse(new RinglogError('BUFFER_FULL', message))
      model.refusedAt = resets
      model.batches.shift()
      model.answers.push({ outcome: ANSWER_REFUSED, baseOffset: -1, message })
      return
    }
    const baseOffset = how === 'duplicate' ? 0 : this.log.length
    if (how !== 'duplicate') {
      this.reader.notePending(8 * (this.log.length + 1), baseOffset, -1)
      if (how === 'dieBeforePublishing') return this.reopen()
      this.log.push(serial)
    }
    model.refusedAt = null
    model.batches.shift()
    model.answers.push({ outcome: ANSWER_APPENDED, baseOffset, message: null })
    if (how === 'dieAfterPublishing') this.reopen()
    else this.reader.acknowledge(baseOffset, -1)
  }

  readAnswer(): void {
    const { model } = this
    const { writer } = this.lane
    const answer = new LaneAnswer()
    const expected = model.answers.shift()
    expect(writer.readAnswer(answer)).toBe(expected !== undefined)
    if (expected === undefined) {
      model.knownWorkerError = model.workerError
    } else {
      const { outcome, baseOffset, error } = answer
      expect({ outcome, baseOffset, message: error?.message ?? null }).toEqual(expected)
      if (outcome === ANSWER_REFUSED) model.isRefused = !model.isClosedByProducer
      model.unread.shift()
    }
    expect(writer.closedError?.message ?? null).toBe(model.knownWorkerError)
  }

  reset(): void {
    const { model } = this
    if (!model.isRefused || !this.isOpen) {
      expect(() => this.lane.writer.reset()).toThrow(RinglogError)
      return
    }
    this.lane.writer.reset()
    model.isRefused = false
    model.resets++
  }

  closeProducer(): void {
    this.lane.writer.close()
    this.model.isClosedByProducer = true
  }

  closeWorker(): void {
    this.model.workerError ??= `closed ${this.serial}`
    this.reader.close(new RinglogError('BROKER_CLOSED', this.model.workerError))
  }

  /** The worker has died; its successor opens the same memory. */
  reopen(): void {
    this.reader = new LaneReader(this.lane.memory)
    this.reader.recover(8 * this.log.length)
  }

  check(): void {
    const { model } = this
    const { writer } = this.lane
    expect(writer.unansweredCount).toBe(model.unread.length)
    expect(writer.hasLostAnswers).toBe(false)
    expect(writer.state).toBe(this.isOpen ? (model.isRefused ? 'refused' : 'open') : 'closed')
    expect(this.reader.peek()).toBe(model.status)
    expect(this.reader.closedError?.message ?? null).toBe(model.workerError)
  }

  get isOpen(): boolean {
    return !this.model.isClosedByProducer && this.model.knownWorkerError === null
  }
}

type Death = 'dieBeforeNote' | 'dieBeforePublishing' | 'dieAfterPublishing'

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      sizeBytes: fc.oneof(fc.integer({ min: 1, max: 256 }), fc.constantFrom(1, 8, 255, 256)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('serve' as const),
      how: fc.oneof(
        { weight: 6, arbitrary: fc.constant('append' as const) },
        {
          weight: 3,
          arbitrary: fc.constantFrom(
            'duplicate' as const,
            'refuse' as const,
            'dieBeforeNote' as const,
            'dieBeforePublishing' as const,
            'dieAfterPublishing' as const,
          ),
        },
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('readAnswer' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('reset' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
)
const ending = fc.constantFrom('closeProducer' as const, 'closeWorker' as const, 'none' as const)

describe('the lane', () => {
  test('is, for every sequence of operations, what a queue of batches and one of answers are', () => {
    let refusals = 0
    let fullLanes = 0
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 150, size: 'max' }),
        fc.array(operation, { maxLength: 20 }),
        ending,
        fc.constantFrom(2, 4, 16),
        fc.constantFrom(0, 2 ** 31 - 7, -7),
        (operations, lastOperations, end, slots, count) => {
          const rig = new Rig(slots, count)
          const perform = (op: (typeof operations)[number]): void => {
            if (op.kind === 'write') rig.write(op.sizeBytes)
            else if (op.kind === 'serve') rig.serve(op.how)
            else rig[op.kind]()
            rig.check()
            if (rig.model.isRefused) refusals++
            if (rig.model.unread.length === slots) fullLanes++
          }
          operations.forEach(perform)
          if (end !== 'none') rig[end]()
          lastOperations.forEach(perform)
          for (let i = 0; i <= slots; i++) rig.serve('append')
          for (let i = 0; i <= slots; i++) rig.readAnswer()
          rig.check()
          expect(rig.model.answers).toEqual([])
          if (rig.model.workerError === null) expect(rig.model.unread).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
    // The operations reach what they are meant to reach.
    expect(refusals).toBeGreaterThan(200)
    expect(fullLanes).toBeGreaterThan(200)
  })
})
