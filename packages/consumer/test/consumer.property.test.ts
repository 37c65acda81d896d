import { Consumer, type AutoOffsetReset, type ConsumerRecord } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConsumerModel } from './consumer-model.ts'
import { MemoryLog } from './memory-log.ts'

const PARTITIONS = 3

const partition = fc.integer({ min: 0, max: PARTITIONS - 1 })
const partitions = fc.uniqueArray(partition, { maxLength: PARTITIONS })
/** Offsets are given as a share of what there is, so that most of them matter; some lie outside. */
const share = fc.double({ min: -0.1, max: 1.1, noNaN: true })

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      partition,
      recordCount: fc.integer({ min: 1, max: 40 }),
      /** Of the whole batch; a quarter of the ring at most. */
      bytes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 14_000 })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('poll' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pollSync' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('iterate' as const),
      count: fc.integer({ min: 1, max: 8 }),
      /** Whether the loop is left afterwards, or goes on with the next such operation. */
      isLeft: fc.constantFrom(true, false, false, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('seek' as const), partition, to: share }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('seekToBeginning' as const, 'seekToEnd' as const),
      partitions,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('pause' as const, 'resume' as const),
      partitions,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('assign' as const), partitions }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('deleteRecords' as const), partition, before: share }),
  },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const setting = fc.record({
  autoOffsetReset: fc.constantFrom<AutoOffsetReset>('earliest', 'latest', 'none'),
  maxPollRecords: fc.constantFrom(1, 7, 50, Infinity),
})

/** A consumer, its model, and the operations that are carried out on both. */
class Run {
  readonly log = new MemoryLog(PARTITIONS)
  readonly consumer: Consumer
  readonly model: ConsumerModel
  #iteration: AsyncIterator<ConsumerRecord> | null = null

  constructor({
    autoOffsetReset,
    maxPollRecords,
  }: typeof setting extends fc.Arbitrary<infer T> ? T : never) {
    this.consumer = new Consumer(this.log.client, { autoOffsetReset, maxPollRecords })
    this.model = new ConsumerModel(this.log, autoOffsetReset, maxPollRecords)
  }

  async carryOut(op: Operation): Promise<void> {
    const { log, consumer, model } = this
    if (op.kind === 'append') this.#append(op.partition, op.recordCount, op.bytes)
    else if (op.kind === 'deleteRecords') this.#deleteRecords(op.partition, op.before)
    else if (op.kind === 'assign') await this.assign(op.partitions)
    else if (op.kind === 'seek') this.#seek(op.partition, op.to)
    else if (op.kind === 'iterate') await this.#iterate(op.count, op.isLeft)
    else if (op.kind === 'poll') {
      await consumer.poll({ timeoutMs: 0 }).then(
        (records) => model.polled([...records]),
        (error: unknown) => model.failed(error),
      )
    } else if (op.kind === 'pollSync') this.#pollSync()
    else {
      const chosen = op.partitions.filter((p) => model.partitions[p]!.isAssigned)
      if (op.kind === 'pause') consumer.pause(chosen.map((p) => log.at(p)))
      else if (op.kind === 'resume') consumer.resume(chosen.map((p) => log.at(p)))
      else await consumer[op.kind](chosen.map((p) => log.at(p)))
      const moved = chosen.length > 0 ? chosen : model.assigned.map((p) => p.partition)
      for (const p of op.kind === 'pause' || op.kind === 'resume' ? chosen : moved) {
        const known = model.partitions[p]!
        if (op.kind === 'pause' || op.kind === 'resume') known.isPaused = op.kind === 'pause'
        else known.position = op.kind === 'seekToEnd' ? known.end : known.start
      }
    }
    model.check(consumer, log)
  }

  async assign(numbers: readonly number[]): Promise<void> {
    const isRefused = this.model.assign(numbers)
    const assigning = this.consumer.assign(numbers.map((p) => this.log.at(p)))
    if (isRefused)
      await expect(assigning).rejects.toMatchObject({ code: 'NO_OFFSET_FOR_PARTITION' })
    else await assigning
  }

  #append(p: number, recordCount: number, bytes: number): void {
    const first = this.model.partitions[p]!.end
    const length = Math.floor(bytes / recordCount)
    this.log.partitions[p]!.append(
      Array.from({ length: recordCount }, (_, i) => ({
        value: `${p}:${first + i}`.padEnd(length),
      })),
    )
  }

  #deleteRecords(p: number, before: number): void {
    const { start, end } = this.model.partitions[p]!
    this.log.partitions[p]!.writer.deleteBefore(
      Math.min(end, Math.max(start, Math.round(start + before * (end - start)))),
    )
  }

  #seek(p: number, to: number): void {
    const known = this.model.partitions[p]!
    if (!known.isAssigned) return
    const offset = Math.max(0, Math.round(known.start + to * (known.end - known.start)))
    this.consumer.seek(this.log.at(p), offset)
    known.position = offset
  }

  #pollSync(): void {
    let records: ConsumerRecord[]
    try {
      records = [...this.consumer.pollSync({ timeoutMs: 0 })]
    } catch (error) {
      this.model.failed(error)
      return
    }
    this.model.polled(records)
  }

  async #iterate(count: number, isLeft: boolean): Promise<void> {
    this.#iteration ??= this.consumer[Symbol.asyncIterator]()
    for (let i = 0; i < count && this.model.hasCertain; i++) {
      try {
        const { value, done } = (await this.#iteration.next()) as IteratorResult<
          ConsumerRecord,
          undefined
        >
        expect(done).toBe(false)
        this.model.yielded(value!)
      } catch (error) {
        if (!RinglogError.is(error)) throw error
        this.model.failed(error)
      }
    }
    if (!isLeft) return
    await this.#iteration.return!()
    this.#iteration = null
  }
}

test('a consumer is, for every sequence of operations, what its model is', async () => {
  await fc.assert(
    fc.asyncProperty(
      setting,
      fc.array(operation, { minLength: 1, maxLength: 150, size: 'max' }),
      async (settings, operations) => {
        const run = new Run(settings)
        await run.assign([0, 1])
        for (const op of operations) await run.carryOut(op)
        await run.consumer.close()
      },
    ),
    { numRuns: 150 },
  )
})
