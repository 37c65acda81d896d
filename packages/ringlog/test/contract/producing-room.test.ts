import { Consumer, Producer, type BlockedEvent, type RinglogError } from 'ringlog'
import { describe, expect, test, vi } from 'vitest'
import { heapBytes } from './heap.ts'
import { Rig, TRANSPORTS, eventsOf, isSettled, pollRecords, settle } from './rig.ts'

/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024
const kibibyte = 'x'.repeat(1000)

describe.each(TRANSPORTS)('room, by %s', (transport) => {
  /** Two partitions, of which the first is full and held by a consumer that does not poll. */
  async function halfFull(config = {}) {
    const rig = await Rig.start(transport, { partitions: 2, ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer({ maxPollRecords: Infinity }, [0, 1])
    const producer = rig.producer({ batchSizeBytes: 4096, ...config })
    const blocked = eventsOf<BlockedEvent>('ringlog:blocked')
    let taken = 0
    // Until the ring is full, as its worker says; then all batches in flight, then those that wait.
    for (let idle = 0; idle < 5 || blocked.length === 0;) {
      if (producer.tryWrite({ topic: rig.topic, partition: 0, value: kibibyte })) {
        taken++
        idle = 0
      } else {
        idle++
        await settle(5)
      }
    }
    return { rig, consumer, producer, taken }
  }

  test('tryWrite takes nothing for a partition that is full, and goes on with another', async () => {
    const { rig, producer, taken } = await halfFull()
    expect(taken).toBeGreaterThan(60)
    for (let i = 0; i < 40; i++) {
      const { offset } = await producer.send({ topic: rig.topic, partition: 1, value: 'v' })
      expect(offset).toBe(i)
    }
    let others = 0
    while (others < 20) {
      if (producer.tryWrite({ topic: rig.topic, partition: 1, value: kibibyte })) others++
      else await producer.drained({ partition: rig.at(1) })
    }
    expect(producer.tryWrite({ topic: rig.topic, partition: 0, value: 'no' })).toBe(false)
  })

  test('that holds also where memory is short', async () => {
    const { rig, producer } = await halfFull({ bufferMemoryBytes: 16_384 })
    let others = 0
    while (others < 40) {
      if (producer.tryWrite({ topic: rig.topic, partition: 1, value: kibibyte })) others++
      else await producer.drained({ partition: rig.at(1), timeoutMs: 10_000 })
    }
    expect(producer.metrics().bufferAvailableBytes).toBeGreaterThanOrEqual(0)
  })

  test('drained waits for the partition that is named, until it has room', async () => {
    const { rig, consumer, producer, taken } = await halfFull()
    const full = producer.drained({ partition: rig.at(0) })
    await producer.drained({ partition: rig.at(1) })
    expect(await isSettled(full)).toBe(false)
    const polled = pollRecords(consumer, taken)
    await full
    expect(producer.tryWrite({ topic: rig.topic, partition: 0, value: 'last' })).toBe(true)
    await polled
    await producer.flush()
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(taken + 1)
  })

  test('a wait for room ends in time, or when it is aborted; nothing else changes', async () => {
    const { rig, producer } = await halfFull()
    const partition = rig.at(0)
    await expect(producer.drained({ partition, timeoutMs: 20 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      message: 'drained() did not finish in time: timeoutMs=20',
    })
    const reason = new Error('enough')
    const aborted = producer.drained({ partition, signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    const controller = new AbortController()
    const waiting = producer.drained({ partition, signal: controller.signal })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(producer.flush({ timeoutMs: 20 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    })
    const flush = producer.flush({ signal: AbortSignal.abort(reason) })
    await expect(flush).rejects.toBe(reason)
    expect((await producer.send({ topic: rig.topic, partition: 1, value: 'v' })).offset).toBe(0)
  })

  test('waits that end leave nothing behind, however many', async () => {
    const { rig, producer } = await halfFull()
    const partition = rig.at(0)
    const reason = new Error('enough')
    const waitAll = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const controller = new AbortController()
        const { signal } = controller
        const waits = [
          producer.drained({ partition, timeoutMs: 0 }),
          producer.flush({ timeoutMs: 0 }),
          producer.drained({ partition, signal }),
          producer.flush({ signal }),
        ]
        controller.abort(reason)
        for (const { status } of await Promise.allSettled(waits)) expect(status).toBe('rejected')
      }
    }
    await waitAll(50)
    const before = heapBytes()
    await waitAll(400)
    expect((heapBytes() - before) / 400).toBeLessThan(1000)
  })

  test('a wait for room ends with the producer', async () => {
    const { rig, producer } = await halfFull()
    const waiting = producer.drained({ partition: rig.at(0) })
    const closing = producer.close({ timeoutMs: 20 })
    await expect(waiting).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    // What was not delivered is told.
    await expect(closing).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
  })

  test('drained and flush refuse faulty options', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const refused = { code: 'INVALID_REQUEST' }
    for (const options of [5, { timeoutMs: -1 }, { timeoutMs: '5' }, { signal: 'stop' }]) {
      await expect(producer.drained(options as object)).rejects.toMatchObject(refused)
      await expect(producer.flush(options as object)).rejects.toMatchObject(refused)
    }
    for (const partition of [null, 5, { topic: 'orders' }, { topic: 'orders', partition: 0.5 }]) {
      const options = { partition: partition as never }
      await expect(producer.drained(options)).rejects.toMatchObject(refused)
    }
  })

  test('bufferMemoryBytes are never exceeded, by records of any size and of any topic', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const bufferMemoryBytes = 40_000
    const producer = rig.producer({ bufferMemoryBytes, batchSizeBytes: 3000 })
    void rig.broker.createTopic('later')
    let sent = 0
    let refused = 0
    for (let i = 0; i < 3000; i++) {
      const record = {
        topic: i % 5 === 0 ? 'later' : rig.topic,
        value: 'x'.repeat((i * 7919) % 9000),
      }
      try {
        if (!producer.write(record)) await producer.drained()
        sent++
      } catch (error) {
        expect(error).toMatchObject({ code: 'BUFFER_FULL' })
        refused++
        await producer.drained()
      }
      expect(producer.metrics().bufferAvailableBytes).toBeGreaterThanOrEqual(0)
    }
    await producer.flush()
    expect(producer.metrics()).toMatchObject({
      bufferTotalBytes: bufferMemoryBytes,
      bufferAvailableBytes: bufferMemoryBytes,
      recordSendTotal: sent,
      bufferExhaustedTotal: refused,
    })
    expect(sent).toBeGreaterThan(1000)
  })

  test('tryWrite keeps records of a topic that is not known yet, while there is memory', async () => {
    const rig = await Rig.start(transport)
    const producer = new Producer(rig.broker, { bufferMemoryBytes: 10_000 })
    let kept = 0
    while (producer.tryWrite({ topic: 'later', value: kibibyte })) kept++
    expect(kept).toBeGreaterThan(5)
    expect(kept).toBeLessThan(10)
    await rig.broker.createTopic('later')
    await producer.flush()
    expect((await rig.broker.offsets('later'))[0]!.endOffset).toBe(kept)
  })

  test('a ring that refuses has no part in it when the memory is used up', async () => {
    const rig = await Rig.start(transport)
    await rig.broker.createTopic('refusing', { ringBytes: SMALL_RING_BYTES, whenFull: 'reject' })
    await new Consumer(rig.broker).assign([{ topic: 'refusing', partition: 0 }])
    const producer = rig.producer({ bufferMemoryBytes: 40_000, batchSizeBytes: 4096 })
    await expect(sendUntilRefused(producer, 'refusing')).resolves.toMatchObject({
      details: { topic: 'refusing', whenFull: 'reject' },
    })
    const error = writeUntilRefused(producer, rig.topic)
    expect(error.message).not.toContain('refusing')
    expect(error.details).toEqual({ topic: rig.topic, bufferMemoryBytes: 40_000 })
    await producer.flush()
  })

  test('a full ring of another topic is the cause, not the place, when the memory is used up', async () => {
    const { rig, producer } = await halfFull({ bufferMemoryBytes: 40_000, maxBlockMs: 100 })
    await rig.broker.createTopic('roomy')
    const full = { code: 'BUFFER_FULL' }
    await expect(producer.flush()).rejects.toMatchObject(full)
    // A last small batch may have found room after others had found none: this one finds none.
    const value = 'x'.repeat(4096)
    const refused = producer.send({ topic: rig.topic, partition: 0, value })
    await expect(refused).rejects.toMatchObject(full)
    const error = writeUntilRefused(producer, 'roomy')
    expect(error.details).toEqual({ topic: 'roomy', bufferMemoryBytes: 40_000 })
    expect(error.cause).toMatchObject({ code: 'BUFFER_FULL', details: rig.at(0) })
  })
  test.each<['drained' | 'flush']>([['drained'], ['flush']])(
    'a loop of %s lets timers run, though it never has to wait',
    async (call) => {
      const producer = (await Rig.start(transport)).producer()
      const timerRan = vi.fn()
      setTimeout(timerRan, 1)
      const untilMs = performance.now() + 3_000
      while (timerRan.mock.calls.length === 0 && performance.now() < untilMs) await producer[call]()
      expect(timerRan).toHaveBeenCalled()
    },
  )
})

async function sendUntilRefused(producer: Producer, topic: string): Promise<RinglogError> {
  for (;;) {
    try {
      await producer.send({ topic, value: kibibyte })
    } catch (error) {
      return error as RinglogError
    }
  }
}

function writeUntilRefused(producer: Producer, topic: string): RinglogError {
  for (;;) {
    try {
      producer.write({ topic, value: kibibyte })
    } catch (error) {
      return error as RinglogError
    }
  }
}
