import type { WaitStrategy } from '@ringlog/core'
import {
  defineScenario,
  type Measurement,
  type RoleContext,
  type Scenario,
  type Stage,
} from '../define-scenario.ts'
import { assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { CopyRing, createCopyRing, type CopyRingMemory } from './copy-ring.ts'
import { encodedBatch } from './encoded-batch.ts'

const RING_BYTES = 16 * 1024 * 1024
const WARM = 'warm'

/** Where an entry carries its number: in the batch's base offset, which no record overlaps. */
const SEQUENCE_BYTE = 0

interface Task {
  readonly input: CopyRingMemory | null
  readonly output: CopyRingMemory | null
  readonly lapBatches: number
  readonly timedBatches: number
  readonly entryBytes: number
}

/** Moves the batches of each lap of the warm-up, and then those that are timed. */
async function inLaps(context: RoleContext<Task>, move: (batches: number) => void): Promise<void> {
  const { lapBatches, timedBatches } = context.data
  await context.warmUp(async () => move(lapBatches))
  await context.sync(WARM)
  move(timedBatches)
}

function open(context: RoleContext<Task>, ring: CopyRingMemory | null): CopyRing {
  return new CopyRing(ring!, context.parameters.wait as WaitStrategy)
}

async function write(context: RoleContext<Task>): Promise<void> {
  const ring = open(context, context.data.output)
  const { bytes } = encodedBatch(context)
  const header = new DataView(bytes.buffer)
  let batch = 0
  await inLaps(context, (count) => {
    for (let left = count; left > 0; left--) {
      header.setUint32(SEQUENCE_BYTE, batch++)
      ring.write(bytes)
    }
  })
}

async function forward(context: RoleContext<Task>): Promise<void> {
  const { input, output } = context.data
  const from = open(context, input)
  const to = open(context, output)
  await inLaps(context, (count) => {
    for (let left = count; left > 0; left--) from.forwardTo(to)
  })
}

async function read(context: RoleContext<Task>): Promise<{ tally: Tally; finishedAtMs: number }> {
  const { input, entryBytes } = context.data
  const ring = open(context, input)
  const bytes = new Uint8Array(entryBytes)
  const header = new DataView(bytes.buffer)
  const tally: Tally = { count: 0, sum: 0 }
  await inLaps(context, (count) => {
    for (let left = count; left > 0; left--) {
      ring.readInto(bytes)
      const sequence = header.getUint32(SEQUENCE_BYTE)
      if (sequence !== tally.count) {
        throw new Error(`batch ${sequence} came in the place of ${tally.count}`)
      }
      tally.count++
      tally.sum += sequence
    }
  })
  return { tally, finishedAtMs: context.nowMs() }
}

/**
 * ```text
 *  writer ──copy──▶ ring ──copy──▶ ring ──copy──▶ reader
 * ```
 * Three threads, the bytes and batches of a scenario of ours, no codec: what this machine could do at
 * most.
 */
export function copyPipeline(
  scenario: Pick<Scenario, 'name' | 'isDefault'>,
  recordSizeBytes: number,
  records: number,
): Scenario {
  return defineScenario({
    ...scenario,
    description: `three bare copies of the same batches through three threads, without any codec; values of ${recordSizeBytes} bytes`,
    parameters: { records, recordSizeBytes, batchSizeBytes: 65_536, wait: 'park' },
    fixed: { producers: 1, partitions: 1, consumers: 1 },
    roles: { writer: write, forwarder: forward, reader: read },
    run,
  })
}

async function run(stage: Stage): Promise<Measurement> {
  const { bytes, records } = encodedBatch(stage)
  const entryBytes = bytes.length
  const timedBatches = Math.ceil(stage.number('records') / records)
  const lapBatches = lapOf(timedBatches)
  const first = createCopyRing(RING_BYTES, entryBytes)
  const second = createCopyRing(RING_BYTES, entryBytes)
  const task = (input: CopyRingMemory | null, output: CopyRingMemory | null): Task => ({
    input,
    output,
    lapBatches,
    timedBatches,
    entryBytes,
  })
  const reading = stage.start<{ tally: Tally; finishedAtMs: number }>('reader', task(second, null))
  stage.start<void>('forwarder', task(first, second))
  stage.start<void>('writer', task(null, first))
  const laps = await stage.warmUp(lapBatches * records)
  const startedAtMs = await stage.sync(WARM)
  const { tally, finishedAtMs } = await reading.result
  const cpuMicros = stage.cpuMicrosSinceSync()
  assertTally([tally], [expectedTally(0, laps * lapBatches + timedBatches)])
  const sent = timedBatches * records
  return {
    records: sent,
    bytes: sent * stage.number('recordSizeBytes'),
    elapsedMs: finishedAtMs - startedAtMs,
    cpuMicros,
  }
}
