import { RecordBatchCursor, createRingLogMemory } from '@ringlog/core'
import {
  READ_NEEDS_LARGER_TARGET,
  READ_OK,
  RecordBatchBuilder,
  ReadResult,
  RingLogReader,
  RingLogWriter,
} from '@ringlog/core/internal'
import { Choices } from '../input/choices.ts'
import { kindOf, refusalOf } from './refusal.ts'
import { demand, type Target } from './target.ts'

const RING_BYTES = 64 * 1024
/** The control words, a line each. */
const CONTROL_WORDS = [128, 256, 384, 392, 512, 640, 768].map((byte) => byte / 8)
const INDEX_BYTE = 1024
const INDEX_BYTES = (RING_BYTES / 4096) * 32
const DATA_BYTE = 4096
const MAX_ACTIONS = 24
const MAX_READS = 200

/**
 * A ring whose writer misbehaves: any of its words and batches may say anything. A reader ends each call,
 * asks for no more memory than a batch may have, and hands out nothing but what lies within its target.
 */
export function ringTarget(): Target {
  const template = filledRing()
  const memory = createRingLogMemory(RING_BYTES)
  const bytes = new Uint8Array(memory)
  const view = new DataView(memory)
  const words = new BigInt64Array(memory, 0, DATA_BYTE / 8)
  const batchBytes = batchesOf(template)
  const cursor = new RecordBatchCursor()
  const result = new ReadResult()
  const room = new Uint8Array(RING_BYTES)

  function damage(choices: Choices): void {
    switch (choices.below(4)) {
      case 0:
        words[choices.pick(CONTROL_WORDS)] = BigInt(choices.integer())
        return
      case 1:
        words[INDEX_BYTE / 8 + choices.below(INDEX_BYTES / 8)] = BigInt(choices.integer())
        return
      case 2: {
        // A batch's length, its last offset delta, or its base offset: big-endian.
        const at = DATA_BYTE + choices.pick(batchBytes)
        const field = choices.pick([8, 23, 0, 4, 57])
        view.setInt32(at + field, choices.integer() | 0)
        return
      }
      default:
        bytes[DATA_BYTE + choices.below(RING_BYTES)] = choices.byte()
    }
  }

  /** As a consumer does: from batch to batch by their sizes. */
  function walk(batches: Uint8Array): void {
    for (let at = 0; at < batches.length;) {
      cursor.open(batches, at)
      while (cursor.next());
      const size = (new DataView(batches.buffer, batches.byteOffset + at).getInt32(8) + 19) & -8
      demand(size >= 64, () => 'a batch without a size was handed out')
      at += size
    }
  }

  return {
    name: 'ring',
    covers: ['ring-log-reader', 'ring-log-index-reader'].map(
      (f) => `packages/core/src/ring/${f}.ts`,
    ),
    generate: (random) => random.bytes(2 + random.below(60)),
    run(input) {
      bytes.set(template)
      const choices = new Choices(input)
      const reader = new RingLogReader(memory)
      const seen = new Set<string>()
      const note = (run: () => void): void => {
        const refusal = refusalOf(run)
        if (refusal !== null) seen.add(kindOf(refusal))
      }

      function readOn(): void {
        let offset = choices.boolean() ? reader.logStartOffset : Math.abs(choices.integer())
        let target = room.subarray(0, choices.pick([64, 512, 4096, RING_BYTES]))
        for (let reads = 0; ; reads++) {
          demand(reads < MAX_READS, () => 'there is no end to what a ring holds')
          reader.read(offset, target, result)
          if (result.status === READ_NEEDS_LARGER_TARGET) {
            const { requiredBytes } = result
            const isPossible = requiredBytes > target.length && requiredBytes <= RING_BYTES / 4
            demand(isPossible, () => `a batch cannot need ${requiredBytes} bytes`)
            target = room.subarray(0, requiredBytes)
            continue
          }
          if (result.status !== READ_OK) return
          demand(result.copiedBytes <= target.length, () => 'more was copied than there is room')
          demand(result.nextOffset > offset, () => `a read from ${offset} leads nowhere`)
          note(() => walk(target.subarray(0, result.copiedBytes)))
          offset = result.nextOffset
          if (choices.boolean()) damage(choices)
        }
      }

      for (let actions = 0; actions < MAX_ACTIONS && !choices.isEmpty; actions++) {
        const action = choices.below(8)
        if (action <= 2) damage(choices)
        else if (action <= 4) note(readOn)
        else if (action === 5) note(() => void reader.endOffset)
        else if (action === 6) note(() => void reader.availableBytes(choices.integer()))
        else note(() => reader.findByTimestamp(choices.integer()))
      }
      return [...seen][0] ?? 'nothing refused'
    },
  }
}

/** A ring that has wrapped, with batches of several sizes. */
function filledRing(): Uint8Array {
  const memory = createRingLogMemory(RING_BYTES)
  const writer = new RingLogWriter(memory)
  const builder = new RecordBatchBuilder(new ArrayBuffer(RING_BYTES))
  for (let i = 0; writer.endPosition < RING_BYTES * 1.5; i++) {
    for (let j = 0; j <= i % 5; j++) {
      builder.tryAppend(`key ${j}`, 'v'.repeat(100 + ((i * 7919) % 3000)), 1000 * i + j)
    }
    const batch = new Uint8Array(builder.seal()).slice()
    builder.reset(new ArrayBuffer(RING_BYTES))
    writer.makeRoom(batch.length, Infinity)
    writer.append(batch)
  }
  return new Uint8Array(memory).slice()
}

/** Where in the ring's data the batches start that are in the log. */
function batchesOf(ring: Uint8Array): number[] {
  const view = new DataView(ring.buffer)
  const end = Number(view.getBigInt64(128, true))
  const starts: number[] = []
  for (let position = Number(view.getBigInt64(256, true)); position < end;) {
    const at = position & (RING_BYTES - 1)
    starts.push(at)
    const isPad = view.getBigInt64(DATA_BYTE + at) === -1n
    position += isPad ? RING_BYTES - at : (view.getInt32(DATA_BYTE + at + 8) + 19) & -8
  }
  return starts
}
