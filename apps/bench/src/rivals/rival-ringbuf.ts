import { turn } from '../limits/doorbell-link.ts'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  type Tally,
} from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { PackedWalk, pack, packedBytes } from './packed-values.ts'

const WARM = 'warm'
const RING_BYTES = 16 * 1024 * 1024
/** So much is taken out at a time. */
const READ_BYTES = 65_536

interface Task {
  readonly memory: SharedArrayBuffer
  readonly lapRecords: number
  readonly records: number
}

/** ringbuf.js has no way to wait: a thread without room, or without a value, looks again after a turn of its event loop. */
async function write(context: RoleContext<Task>): Promise<void> {
  const { memory, lapRecords, records } = context.data
  const { RingBuffer } = await import('ringbuf.js')
  const ring = new RingBuffer(memory, Uint8Array)
  const value = patternValue(context.number('recordSizeBytes'), 0)
  const packed = new Uint8Array(packedBytes(value.length))
  let sequence = 0
  const writeMore = async (count: number): Promise<void> => {
    for (const end = sequence + count; sequence < end; sequence++) {
      stamp(value, sequence)
      pack(value, packed, 0)
      while (ring.availableWrite() < packed.length) await turn()
      ring.push(packed)
    }
  }
  await context.warmUp(() => writeMore(lapRecords))
  await context.sync(WARM)
  await writeMore(records)
}

async function read(context: RoleContext<Task>): Promise<{ tally: Tally; finishedAtMs: number }> {
  const { memory, lapRecords, records } = context.data
  const { RingBuffer } = await import('ringbuf.js')
  const ring = new RingBuffer(memory, Uint8Array)
  const sizeBytes = packedBytes(context.number('recordSizeBytes'))
  const bytes = new Uint8Array(Math.max(1, Math.floor(READ_BYTES / sizeBytes)) * sizeBytes)
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const walk = new PackedWalk()
  const readMore = async (count: number): Promise<void> => {
    for (const end = checker.count + count; checker.count < end;) {
      const whole = Math.floor(ring.availableRead() / sizeBytes) * sizeBytes
      if (whole === 0) await turn()
      else checker.checkAll(walk.open(bytes, ring.pop(bytes, Math.min(whole, bytes.length))))
    }
  }
  await context.warmUp(() => readMore(lapRecords))
  await context.sync(WARM)
  await readMore(records)
  return { tally: checker.tally, finishedAtMs: context.nowMs() }
}

/** A ring of bytes between two threads, with all of it left to its user: packing, waiting, what a value is. */
export default defineScenario({
  name: 'rival-ringbuf',
  description: 'ringbuf.js: values packed by hand, a push each; both threads look again and again',
  isDefault: false,
  packages: ['ringbuf.js'],
  parameters: { records: 5_000_000, recordSizeBytes: 100 },
  fixed: { producers: 1, consumers: 1 },
  roles: { writer: write, reader: read },
  run: async (stage) => {
    const { RingBuffer } = await import('ringbuf.js')
    const memory = RingBuffer.getStorageForCapacity(RING_BYTES, Uint8Array)
    const records = stage.number('records')
    const lapRecords = lapOf(records)
    const task: Task = { memory, lapRecords, records }
    const reading = stage.start<{ tally: Tally; finishedAtMs: number }>('reader', task)
    const writing = stage.start<void>('writer', task)
    const laps = await stage.warmUp(lapRecords)
    const startedAtMs = await stage.sync(WARM)
    const { tally, finishedAtMs } = await reading.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    await writing.result
    assertTally([tally], [expectedTally(0, laps * lapRecords + records)])
    const bytes = records * stage.number('recordSizeBytes')
    return { records, bytes, elapsedMs: finishedAtMs - startedAtMs, cpuMicros }
  },
})
