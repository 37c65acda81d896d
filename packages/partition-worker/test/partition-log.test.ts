import { RecordBatchHeader } from '@ringlog/core'
import { Doorbell, monotonicMs } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { RING_BYTES, Rig, batchOf, deadline } from './rig.ts'

describe('a partition log', () => {
  test('gives each record the next offset', async () => {
    const { log } = new Rig()
    expect(await log.append(batchOf(['a', 'b', 'c']), deadline())).toEqual({
      baseOffset: 0,
      logAppendTimeMs: -1,
    })
    expect((await log.append(batchOf(['d']), deadline())).baseOffset).toBe(3)
    expect(log.endOffset).toBe(4)
  })

  test('rings whoever watches, after each append, until they no longer do', async () => {
    const { log, reader } = new Rig()
    const watcher = new Doorbell()
    log.addWatcher(watcher)
    const woken = watcher.waitAsync(() => reader.endOffset === 1)
    await log.append(batchOf(['a']), deadline())
    expect(await woken).toBe(true)

    log.removeWatcher(watcher)
    const rings = new Int32Array(watcher.memory)[0]
    await log.append(batchOf(['b']), deadline())
    expect(new Int32Array(watcher.memory)[0]).toBe(rings)
  })

  test('answers a request that it reaches too late, and does not append it', async () => {
    const { log } = new Rig()
    const late = deadline({ requestDeadlineMs: monotonicMs() - 1 })
    await expect(log.append(batchOf(['a']), late)).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      retriable: true,
      details: { isMaybeAppended: false },
    })
    expect(log.endOffset).toBe(0)
  })

  test('refuses a batch larger than the topic takes, and takes one of exactly that size', async () => {
    const batch = batchOf(['x'.repeat(5000)])
    const { log } = new Rig({ maxMessageBytes: batch.length })
    await log.append(batch, deadline())
    await expect(log.append(batchOf(['x'.repeat(5001)]), deadline())).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      details: { sizeBytes: batch.length + 1, maxMessageBytes: batch.length },
    })
    expect(log.endOffset).toBe(1)
  })

  test('fails every later append with the error that it was closed with', async () => {
    const { log } = new Rig()
    const error = Object.assign(new Error('closed'), { code: 'BROKER_CLOSED' })
    log.close(error as never)
    await expect(log.append(batchOf(['a']), deadline())).rejects.toBe(error)
  })
})

/** Each lie, told by changing one place of a good batch. */
const lies: Array<[string, (batch: Uint8Array) => Uint8Array]> = [
  ['that is empty', () => new Uint8Array(0)],
  ['that ends within its header', (batch) => batch.slice(0, 60)],
  ['with another magic', (batch) => batch.with(16, 1)],
  ['that says it is longer than it is', (batch) => batch.with(11, batch[11]! + 1)],
  ['that says it is shorter than it is', (batch) => batch.with(11, batch[11]! - 1)],
  ['with a negative length', (batch) => batch.with(8, 0xff)],
  ['with a count of none', (batch) => batch.with(60, 0)],
  ['with a count of one more', (batch) => batch.with(60, 4)],
  [
    'with a count of one more, and the last offset to match',
    (batch) => batch.with(60, 4).with(26, 3),
  ],
  [
    'with a count of one less, and the last offset to match',
    (batch) => batch.with(60, 2).with(26, 1),
  ],
  ['with a record that says it is longer', (batch) => batch.with(61, batch[61]! + 2)],
  ['with a record that says it is shorter', (batch) => batch.with(61, batch[61]! - 2)],
  ['with a value that says it is longer', (batch) => batch.with(66, 100)],
  ['with an offset delta that skips', (batch) => batch.with(64, 4)],
  ['with a negative producer epoch', (batch) => batch.fill(0, 43, 51).fill(0xff, 51, 53)],
  [
    'with bytes after its last record',
    (batch) => Uint8Array.of(...batch, 0).with(11, batch[11]! + 1),
  ],
]

describe('a partition log refuses a batch', () => {
  test.each(lies)('%s, and stays as it was', async (_, tell) => {
    const { log, reader, memory } = new Rig()
    await log.append(batchOf(['first']), deadline())
    const before = new Uint8Array(memory).slice()
    const lie = tell(batchOf(['a', 'b', 'c']))
    await expect(log.append(lie, deadline())).rejects.toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringContaining('record batch for orders-3 ') as string,
    })
    expect(new Uint8Array(memory)).toEqual(before)
    expect(reader.endOffset).toBe(1)
    expect((await log.append(batchOf(['a', 'b', 'c']), deadline())).baseOffset).toBe(1)
  })
})

const CONTROL_FLAG = 0b10_0000

test('a partition log takes no markers from a client', async () => {
  const { log } = new Rig()
  const markers = batchOf(['a']).with(22, CONTROL_FLAG)
  await expect(log.append(markers, deadline())).rejects.toMatchObject({
    code: 'INVALID_RECORD',
    errorCode: 87,
    retriable: false,
    message: expect.stringContaining('record batch for orders-3 holds markers') as string,
  })
  const empty = markers.slice(0, 61).fill(0, 8, 12).with(11, 49)
  new DataView(empty.buffer).setInt32(23, 2 ** 31 - 2)
  new DataView(empty.buffer).setInt32(57, 2 ** 31 - 1)
  await expect(log.append(empty, deadline())).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE' })
  expect(log.endOffset).toBe(0)
})

/** A batch of `count` records of a producer. */
function numbered(baseSequence: number, count = 2, producerEpoch = 0, producerId = 7): Uint8Array {
  const values = Array.from({ length: count }, () => 'v')
  return batchOf(values, { producerId, producerEpoch, baseSequence })
}

describe('sequence numbers', () => {
  test('let batches in, in order, each once', async () => {
    const { log } = new Rig()
    for (let i = 0; i < 10; i++) {
      expect((await log.append(numbered(i * 2), deadline())).baseOffset).toBe(i * 2)
    }
    expect(log.endOffset).toBe(20)
  })

  test('answer each of the last 16 batches with the offset it has, and refuse older ones', async () => {
    const { log } = new Rig()
    for (let i = 0; i < 18; i++) await log.append(numbered(i * 2), deadline())
    for (let i = 17; i >= 2; i--) {
      expect((await log.append(numbered(i * 2), deadline())).baseOffset).toBe(i * 2)
    }
    await expect(log.append(numbered(2), deadline())).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
      details: { baseSequence: 2, expectedSequence: 36 },
    })
    expect(log.endOffset).toBe(36)
  })

  test.each([[4], [1], [3]])('refuse a batch at %i where 2 is next', async (baseSequence) => {
    const { log } = new Rig()
    await log.append(numbered(0), deadline())
    await expect(log.append(numbered(baseSequence), deadline())).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
      errorCode: 45,
    })
    expect((await log.append(numbered(2), deadline())).baseOffset).toBe(2)
  })

  test('go on from 2^31 - 1 to 0', async () => {
    const { log } = new Rig()
    await log.append(numbered(2 ** 31 - 3, 2), deadline())
    await log.append(numbered(2 ** 31 - 1, 3), deadline()) // 2^31 - 1, 0, 1
    expect((await log.append(numbered(2, 1), deadline())).baseOffset).toBe(5)
    expect((await log.append(numbered(2 ** 31 - 1, 3), deadline())).baseOffset).toBe(2)
  })

  test('start anew at 0 with a new epoch, and refuse the old one from then on', async () => {
    const { log } = new Rig()
    await log.append(numbered(0), deadline())
    await expect(log.append(numbered(2, 2, 1), deadline())).rejects.toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    })
    expect((await log.append(numbered(0, 2, 1), deadline())).baseOffset).toBe(2)
    await expect(log.append(numbered(2), deadline())).rejects.toMatchObject({
      code: 'INVALID_PRODUCER_EPOCH',
      errorCode: 47,
      details: { producerEpoch: 0, currentEpoch: 1 },
    })
    expect((await log.append(numbered(2, 2, 1), deadline())).baseOffset).toBe(4)
  })

  test('of different producers have nothing to do with each other', async () => {
    const { log } = new Rig()
    await log.append(numbered(0, 2, 0, 1), deadline())
    await log.append(numbered(0, 2, 0, 2), deadline())
    expect((await log.append(numbered(2, 2, 0, 1), deadline())).baseOffset).toBe(4)
    expect((await log.append(numbered(0, 2, 0, 2), deadline())).baseOffset).toBe(2)
  })

  test('are not looked at where a batch has none', async () => {
    const { log } = new Rig()
    await log.append(batchOf(['a']), deadline())
    expect((await log.append(batchOf(['a']), deadline())).baseOffset).toBe(1)
  })

  test('are not used up by a batch that is refused for want of room', async () => {
    const rig = new Rig({ whenFull: 'reject' })
    const gate = rig.gate(0)
    const filled = await rig.fill()
    const large = batchOf(['x'.repeat(3000)], { producerId: 7, producerEpoch: 0, baseSequence: 0 })
    await expect(rig.log.append(large, deadline())).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    gate.release(10)
    expect((await rig.log.append(large, deadline())).baseOffset).toBe(filled)
  })
})

test('a largest timestamp that lies is corrected, as by Kafka: records are found by their time', async () => {
  const { log, reader } = new Rig()
  for (const lie of [0, 0xffff]) {
    const batch = batchOf(['a'])
    batch.set([lie >>> 8, lie & 0xff], 41)
    await log.append(batch, deadline())
  }
  expect(reader.findByTimestamp(1)).toEqual({ offset: 0, timestamp: 1 })
  expect(reader.findByTimestamp(2)).toBeNull()
})

test('a batch keeps its bytes, but for its base offset', async () => {
  const { log, reader } = new Rig()
  await log.append(batchOf(['a']), deadline())
  const batch = batchOf(['b', 'c'], { producerId: 9, producerEpoch: 2, baseSequence: 5 })
  const sent = batch.slice()
  await log.append(batch, deadline())
  const target = new Uint8Array(RING_BYTES)
  const { ReadResult } = await import('@ringlog/core')
  reader.read(1, target, new ReadResult())
  expect(new RecordBatchHeader().wrap(target).baseOffset).toBe(1)
  expect(target.slice(8, sent.length)).toEqual(sent.slice(8))
})
