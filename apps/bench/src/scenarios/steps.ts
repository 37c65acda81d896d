import {
  RecordBatchBuilder,
  RecordBatchCursor,
  RecordBatchValidator,
  ReadResult,
  RingLogReader,
  RingLogWriter,
  createRingLogMemory,
} from '@ringlog/core'
import { LaneAnswer, LaneReader, LaneWriter, createLaneMemory } from '@ringlog/core/internal'
import { defineScenario, type Stage } from '../define-scenario.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
} from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'

const MEBIBYTE = 1024 * 1024
const RING_BYTES = 16 * MEBIBYTE
const LANE_BYTES = MEBIBYTE
/** So many batches go through a step before the next step: more than a core's nearest cache holds. */
const BATCHES_A_ROUND = 8
const DEADLINE = { requestDeadlineMs: Infinity, waitingSinceMs: 0, maxBlockMs: Infinity }

const STEPS = [
  'encode',
  'seal',
  'handOver',
  'takeOver',
  'check',
  'append',
  'read',
  'decode',
] as const
type Step = (typeof STEPS)[number]

/** The way of a record of the `shared` transport, on one thread: no waiting, no doorbell. */
class Path {
  readonly micros: Record<Step, number> = {
    encode: 0,
    seal: 0,
    handOver: 0,
    takeOver: 0,
    check: 0,
    append: 0,
    read: 0,
    decode: 0,
  }
  readonly checker: StampChecker
  sequence = 0
  readonly #value: Uint8Array
  readonly #batchBytes: number
  readonly #builders: RecordBatchBuilder[]
  readonly #sizes = new Int32Array(BATCHES_A_ROUND)
  readonly #lane = createLaneMemory(LANE_BYTES)
  readonly #producerEnd = new LaneWriter(this.#lane)
  readonly #workerEnd = new LaneReader(this.#lane)
  readonly #answer = new LaneAnswer()
  readonly #scratch: Uint8Array[]
  readonly #validator = new RecordBatchValidator()
  readonly #ring = createRingLogMemory(RING_BYTES)
  readonly #ringWriter = new RingLogWriter(this.#ring)
  readonly #ringReader = new RingLogReader(this.#ring)
  readonly #chunk = new Uint8Array(MEBIBYTE)
  readonly #result = new ReadResult()
  readonly #cursor = new RecordBatchCursor()
  #offset = 0

  constructor(stage: Stage) {
    this.#value = patternValue(stage.number('recordSizeBytes'), 0)
    this.#batchBytes = stage.number('batchSizeBytes')
    this.checker = new StampChecker(this.#value.length, 1)
    const memories = Array.from(
      { length: BATCHES_A_ROUND },
      () => new ArrayBuffer(this.#batchBytes),
    )
    this.#builders = memories.map((memory) => new RecordBatchBuilder(memory))
    this.#scratch = memories.map(() => new Uint8Array(this.#batchBytes))
  }

  /** Sends at least so many records the whole way. */
  run(records: number): void {
    for (const end = this.sequence + records; this.sequence < end;) this.#round()
  }

  #round(): void {
    this.#time('encode', () => this.#encode())
    this.#time('seal', () => this.#seal())
    this.#time('handOver', () => this.#handOver())
    this.#time('takeOver', () => this.#takeOver())
    this.#time('check', () => this.#check())
    this.#time('append', () => this.#append())
    this.#time('read', () => this.#read())
    this.#time('decode', () => this.#decode())
  }

  #time(step: Step, run: () => void): void {
    const startMs = performance.now()
    run()
    this.micros[step] += (performance.now() - startMs) * 1000
  }

  #encode(): void {
    for (const builder of this.#builders) {
      builder.reset(builder.memory, this.#batchBytes)
      for (;;) {
        stamp(this.#value, this.sequence)
        if (!builder.tryAppend(null, this.#value, 0)) break
        this.sequence++
      }
    }
  }

  #seal(): void {
    for (const [i, builder] of this.#builders.entries()) this.#sizes[i] = builder.seal().length
  }

  #handOver(): void {
    for (const [i, builder] of this.#builders.entries()) {
      const bytes = new Uint8Array(builder.memory)
      if (!this.#producerEnd.tryWrite(bytes, this.#sizes[i]!, DEADLINE)) {
        throw new Error(`batch ${i} does not go into the lane`)
      }
    }
  }

  /** Also acknowledges, and gives the room in the lane back. */
  #takeOver(): void {
    for (const scratch of this.#scratch) {
      this.#workerEnd.peek()
      this.#workerEnd.copyTo(scratch, 0)
      this.#workerEnd.acknowledge(0, -1)
    }
    while (this.#producerEnd.readAnswer(this.#answer)) continue
  }

  #check(): void {
    for (const [i, scratch] of this.#scratch.entries()) {
      const fault = this.#validator.findFault(scratch.subarray(0, this.#sizes[i]))
      if (fault !== null) throw new Error(fault)
    }
  }

  #append(): void {
    for (const [i, scratch] of this.#scratch.entries()) {
      const batch = scratch.subarray(0, this.#sizes[i])
      this.#ringWriter.makeRoom(batch.length, Infinity)
      this.#ringWriter.append(batch)
    }
  }

  #read(): void {
    this.#ringReader.read(this.#offset, this.#chunk, this.#result)
    this.#offset = this.#result.nextOffset
  }

  #decode(): void {
    const { copiedBytes } = this.#result
    for (let start = 0; start < copiedBytes;) {
      this.#cursor.open(this.#chunk, start)
      this.checker.checkAll(this.#cursor)
      start = (this.#cursor.recordEnd + 7) & ~7
    }
  }
}

/**
 * What each step of a record's way takes by itself: where the time of `shared-1p1c` goes that is not
 * the clients', the waking of threads, or memory that another core has.
 */
export default defineScenario({
  name: 'steps',
  description: 'nanoseconds a record of each step of the shared transport, on one thread',
  parameters: { records: 10_000_000, recordSizeBytes: 100, batchSizeBytes: 65_536 },
  fixed: { producers: 1, partitions: 1, consumers: 1, lingerMs: 0 },
  isDefault: false,
  roles: {},
  run: async (stage) => {
    const path = new Path(stage)
    const lapRecords = lapOf(stage.number('records'))
    await stage.warmUp(lapRecords, { lap: async () => path.run(lapRecords) })
    const warmUpRecords = path.sequence
    for (const step of STEPS) path.micros[step] = 0
    const startedAtMs = stage.nowMs()
    path.run(stage.number('records'))
    const elapsedMs = stage.nowMs() - startedAtMs
    assertTally([path.checker.tally], [expectedTally(0, path.sequence)])
    const records = path.sequence - warmUpRecords
    const figures = STEPS.map((step) => [`${step}Nanos`, (path.micros[step] * 1000) / records])
    return { records, elapsedMs, figures: Object.fromEntries(figures) }
  },
})
