import {
  ProducerTable,
  createProducerTableMemory,
  type BatchSequence,
} from '@ringlog/core/internal'
import { Mortal } from '@ringlog/test-kit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sequenceAfter } from '../../src/record/sequence-number.ts'

/** Fewer than there are producers, so that slots change hands. */
const SLOTS = 3
const PRODUCERS = 5
const REMEMBERED = 16
/** Close to where sequence numbers begin again. */
const FIRST_SEQUENCE = 2 ** 31 - 8

interface ModelBatch extends BatchSequence {
  baseOffset: number
  logAppendTimeMs: number
}

/** What is remembered, as arrays: of each producer its batches, the oldest first. */
class Model {
  producers: ModelBatch[][] = []
  endOffset = 0

  of(producerId: number): ModelBatch[] {
    return this.producers.find((batches) => batches[0]!.producerId === producerId) ?? []
  }

  append(batch: ModelBatch): void {
    let batches = this.of(batch.producerId)
    if (batches.at(-1)?.producerEpoch !== batch.producerEpoch) batches = []
    const others = this.producers.filter(([first]) => first!.producerId !== batch.producerId)
    others.sort((a, b) => b.at(-1)!.baseOffset - a.at(-1)!.baseOffset)
    this.producers = [[...batches, batch].slice(-REMEMBERED), ...others].slice(0, SLOTS)
    this.endOffset = batch.baseOffset + batch.recordsCount
  }
}

interface Step {
  producerId: number
  recordsCount: number
  isNewEpoch: boolean
  /** Before which atomic write of the append the worker dies; the third is none of it. */
  deathStep: number
  /** Before which atomic write its successor dies, while it takes over: mostly there are fewer. */
  successorDeathStep: number
  /** Of the plain stores since the last atomic write, whether each is lost: again and again. */
  losses: boolean[]
}

const step: fc.Arbitrary<Step> = fc.record({
  producerId: fc.nat(PRODUCERS - 1),
  recordsCount: fc.integer({ min: 1, max: 5 }),
  isNewEpoch: fc.nat(5).map((n) => n === 0),
  deathStep: fc.integer({ min: 1, max: 3 }),
  successorDeathStep: fc.integer({ min: 1, max: 2 }),
  losses: fc.array(fc.boolean(), { minLength: 3, maxLength: 11 }),
})

class Rig {
  readonly memory = createProducerTableMemory(SLOTS)
  /** Stands for the ring: its one word is the end of the log. */
  readonly ring = new SharedArrayBuffer(8)
  readonly model = new Model()
  readonly #everAppended: ModelBatch[] = []
  #table = new ProducerTable(this.memory, 0)

  run({ producerId, recordsCount, isNewEpoch, deathStep, ...rest }: Step): void {
    const latest = this.model.of(producerId).at(-1)
    const baseSequence =
      latest === undefined
        ? FIRST_SEQUENCE
        : sequenceAfter(latest.baseSequence, latest.recordsCount)
    const epoch = latest?.producerEpoch ?? 0
    const batch = {
      producerId,
      producerEpoch: isNewEpoch ? epoch + 1 : epoch,
      baseSequence: isNewEpoch ? 0 : baseSequence,
      recordsCount,
    }
    const { endOffset } = this.model
    const appended = { ...batch, baseOffset: endOffset, logAppendTimeMs: 1000 + endOffset }
    const end = new BigInt64Array(this.ring)
    const append = (): void => {
      this.#table.write(batch, endOffset, 1000 + endOffset)
      Atomics.store(end, 0, BigInt(endOffset + recordsCount)) // publishes
    }
    let loss = 0
    const isLost = (): boolean => rest.losses[loss++ % rest.losses.length]!
    this.#everAppended.push(appended)
    if (!this.#dies(append, deathStep, isLost)) {
      this.model.append(appended)
    } else {
      this.#dies(
        () => new ProducerTable(this.memory, Number(end[0])),
        rest.successorDeathStep,
        isLost,
      )
      this.#table = new ProducerTable(this.memory, Number(end[0]))
    }
    expect(Number(end[0])).toBe(this.model.endOffset)
    this.#expectModel(this.#table)
    this.#expectModel(new ProducerTable(this.memory.slice(0), this.model.endOffset))
  }

  #dies(life: () => void, deathStep: number, isLost: () => boolean): boolean {
    const mortal = new Mortal(this.memory, this.ring)
    mortal.dieAt(deathStep)
    return mortal.run(life, isLost)
  }

  #expectModel(table: ProducerTable): void {
    for (let producerId = 0; producerId < PRODUCERS; producerId++) {
      const batches = this.model.of(producerId)
      const slot = table.slotOf(producerId)
      const newest = batches.at(-1)
      if (newest === undefined) {
        expect(slot).toBe(-1)
        continue
      }
      expect(table.epochIn(slot)).toBe(newest.producerEpoch)
      const { baseSequence: sequence, recordsCount: count } = newest
      expect(table.nextSequenceIn(slot)).toBe(sequenceAfter(sequence, count))
      for (const { baseSequence, recordsCount } of this.#everAppended.slice(-12)) {
        const known = batches.find(
          (batch) => batch.baseSequence === baseSequence && batch.recordsCount === recordsCount,
        )
        const found = table.find(slot, baseSequence, recordsCount)
        if (known === undefined) expect(found).toBeNull()
        else {
          const { baseOffset, logAppendTimeMs } = known
          expect(found).toEqual({ baseOffset, logAppendTimeMs })
        }
      }
    }
  }
}

test('a worker that dies at any step leaves what it remembered before its append, or after', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const rig = new Rig()
      for (const each of steps) rig.run(each)
    }),
    { numRuns: 60 },
  )
})
