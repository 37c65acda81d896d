import { createRingLogMemory, type RinglogError } from '@ringlog/core'
import {
  Doorbell,
  Gate,
  Grant,
  RingLogReader,
  createGateMemory,
  monotonicMs,
} from '@ringlog/core/internal'
import { PartitionHost, threadEach, type GroupGateMove } from '@ringlog/partition-worker'
import type { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { append, connect, options, start, terminateHosts } from './host-rig.ts'
import { RING_BYTES, batchOf, deadline } from './rig.ts'

/** Of a doorbell. */
const PARKED_WORD = 128 / 4

function move(moveId: number): GroupGateMove {
  return {
    groupId: 'billing',
    moveId,
    memory: createGateMemory(),
    start: 'earliest',
    commit: null,
    consumerId: 'a',
    clientId: 'a',
    doorbell: null,
  }
}

afterEach(terminateHosts)

describe('a partition host', () => {
  test('starts a thread that appends what producers bring, and gives their buffers back', async () => {
    const host = await start()
    expect(host.state).toBe('ready')
    const producer = await connect(host)
    const batch = batchOf(['a', 'b'])
    const first = await append(producer, batch)
    expect(first).toMatchObject({ error: null, baseOffset: 0 })
    expect(first.buffer.byteLength).toBe(batch.length)
    expect(await append(producer, batch)).toMatchObject({ error: null, baseOffset: 2 })
  })

  test('answers malformed batches with CORRUPT_MESSAGE, buffer and all, and lives on', async () => {
    const producer = await connect(await start())
    const batch = batchOf(['a'])
    for (const [bytes, sizeBytes] of [
      [batch.with(16, 9), batch.length],
      [batch, batch.length + 100],
      [new Uint8Array(1000), 1000],
      [new Uint8Array(0), 0],
    ] as const) {
      const answer = await append(producer, bytes, sizeBytes)
      expect(answer).toMatchObject({ error: { code: 'CORRUPT_MESSAGE' } })
      expect(answer.buffer.byteLength).toBe(bytes.length)
    }
    expect(await append(producer, batch)).toMatchObject({ error: null, baseOffset: 0 })
  })

  test.each<[string, unknown]>([
    ['null', null],
    ['no buffer', { sizeBytes: 10 }],
    ['a buffer that is none', { buffer: 'text', sizeBytes: 10, ...deadline() }],
    ['a negative size', { buffer: new ArrayBuffer(100), sizeBytes: -1, ...deadline() }],
    ['a fractional size', { buffer: new ArrayBuffer(100), sizeBytes: 0.5, ...deadline() }],
  ])('survives a request that is %s', async (_, request) => {
    const producer = await connect(await start())
    const outcome = await producer
      .call('append', [request as never])
      .catch((error: unknown) => error)
    expect((outcome as { error?: unknown }).error ?? outcome).toMatchObject({
      message: expect.any(String) as string,
    })
    expect(await append(producer, batchOf(['a']))).toMatchObject({ error: null, baseOffset: 0 })
  })

  test('fixes a reader at the start, the end or an offset, with a gate or without', async () => {
    const host = await start()
    const producer = await connect(host)
    await append(producer, batchOf(['a', 'b', 'c']))
    const reader = (
      consumerId: string,
      isGating: boolean,
      startAt: 'earliest' | 'latest' | number,
    ) =>
      host.openReader({
        consumerId,
        clientId: consumerId,
        doorbell: new Doorbell().memory,
        gate: isGating ? createGateMemory() : null,
        start: startAt,
      })
    expect(await reader('a', true, 'earliest')).toEqual({ startOffset: 0 })
    expect(await reader('b', true, 'latest')).toEqual({ startOffset: 3 })
    expect(await reader('c', false, 2)).toEqual({ startOffset: 2 })
    await host.closeReader('a')
    expect(await reader('d', true, 1)).toEqual({ startOffset: 1 })
    await host.closeReader('never opened')
  })

  test("opens, moves and removes a group's gate, and rings its owner", async () => {
    const memory = createRingLogMemory(RING_BYTES)
    const host = await start({ memory })
    const producer = await connect(host)
    const watcher = new Doorbell()
    const first = { ...move(1), doorbell: watcher.memory }
    expect(await host.moveGroupGate(first)).toEqual({ offset: 0, isCommitted: false })
    const reader = new RingLogReader(memory)
    const rung = watcher.waitAsync(() => reader.endOffset === 3)
    await append(producer, batchOf(['a', 'b', 'c']))
    expect(await rung).toBe(true)
    expect((await host.metrics(Infinity)).readerCount).toBe(1)
    await host.closeReader('a')
    expect((await host.metrics(Infinity)).readerCount).toBe(0)
    await host.closeReader('never opened')

    expect(new Grant(first.memory, memory, new Doorbell()).commit(2)).toBe(true)
    const second = move(2)
    expect(await host.moveGroupGate(second)).toEqual({ offset: 2, isCommitted: true })
    expect(new Grant(second.memory, memory, new Doorbell()).committed).toBe(2)
    await host.removeGroupGate('billing')
    expect(await host.moveGroupGate(move(3))).toEqual({ offset: 0, isCommitted: false })
  })

  test('wakes for room when a consumer is gone that died while it rang', async () => {
    const memory = createRingLogMemory(RING_BYTES)
    const doorbell = new Doorbell()
    const host = await start({ memory, doorbell: doorbell.memory })
    const producer = await connect(host)
    const gateMemory = createGateMemory()
    const reader = { clientId: 'c', doorbell: new Doorbell().memory, start: 'earliest' } as const
    await host.openReader({ ...reader, consumerId: 'holding', gate: gateMemory })
    await host.openReader({ ...reader, consumerId: 'dying', gate: null })
    const appends = Array.from({ length: 65 }, () => append(producer, batchOf(['x'.repeat(1000)])))
    const last = appends.at(-1)!
    // The last answer shows that the worker has turned since: it sleeps.
    const waiting = (): Promise<number> =>
      host.metrics(monotonicMs() + 5_000).then(({ waitingAppends }) => waitingAppends)
    for (
      let before = -1, now = 0;
      now === 0 || now !== before;
      before = now, now = await waiting()
    );

    // One consumer takes PARKED, and dies there; what another one releases then wakes nobody.
    while (Atomics.exchange(new Int32Array(doorbell.memory), PARKED_WORD, 0) === 0);
    expect(new Gate(gateMemory, memory).release(30)).toBe(true)
    doorbell.ring()
    const outcome = await Promise.race([last, new Promise((r) => setTimeout(r, 50, 'asleep'))])
    expect(outcome).toBe('asleep')
    await host.closeReader('dying')
    expect(await last).toMatchObject({ error: null, baseOffset: 64 })
  })

  test('rejects with the cause when the thread fails to start', async () => {
    const memory = new SharedArrayBuffer(4096)
    await expect(PartitionHost.start(options({ memory }))).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      message: expect.stringContaining('worker of partition orders-3 ended unexpectedly') as string,
      cause: { code: 'LAYOUT_MISMATCH' },
    })
  })

  test('rejects when the thread is not ready in time, and ends it', async () => {
    await expect(PartitionHost.start(options({ startTimeoutMs: 1 }))).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      message: 'worker of partition orders-3 was not ready in time: startTimeoutMs=1',
    })
  })

  test('tells of a crash, and rejects what is pending and what comes', async () => {
    const worker = new Promise<Worker>((resolve) => void process.once('worker', resolve))
    const crashes: RinglogError[] = []
    const host = await start({ onCrash: (error) => crashes.push(error) })
    const producer = await connect(host)
    const reader = host.openReader({
      consumerId: 'c',
      clientId: 'c',
      doorbell: new Doorbell().memory,
      gate: createGateMemory(),
      start: 'earliest',
    })
    await reader
    const full = Array.from({ length: 100 }, () => append(producer, batchOf(['x'.repeat(1000)])))
    const settled = Promise.allSettled(full)
    await full[10]
    await (await worker).terminate()
    await host.ended
    expect(host.state).toBe('crashed')
    expect(crashes).toMatchObject([{ code: 'WORKER_CRASHED', retriable: true }])
    const outcomes = await settled
    expect(outcomes[10]).toMatchObject({ status: 'fulfilled' })
    expect(outcomes[99]).toMatchObject({
      status: 'rejected',
      reason: { code: 'PARTITION_OFFLINE' },
    })
    await expect(host.closeReader('c')).rejects.toMatchObject({ code: 'WORKER_CRASHED' })
  })

  test('closes: what waits for room is refused, and the thread ends by itself', async () => {
    const host = await start()
    const producer = await connect(host)
    await host.openReader({
      consumerId: 'c',
      clientId: 'c',
      doorbell: new Doorbell().memory,
      gate: createGateMemory(),
      start: 'earliest',
    })
    const appends = Array.from({ length: 100 }, () => append(producer, batchOf(['x'.repeat(1000)])))
    await appends[0]
    await host.close(monotonicMs() + 5_000)
    expect(host.state).toBe('closed')
    const errors = (await Promise.all(appends)).map(({ error }) => error?.code ?? 'appended')
    expect(new Set(errors)).toEqual(new Set(['appended', 'BROKER_CLOSED']))
    await host.close(monotonicMs()) // once more changes nothing
    expect(host.state).toBe('closed')
  })

  test('ends a thread that something else keeps alive', async () => {
    const lingering = new URL('./lingering.worker.ts', import.meta.url)
    const host = await start({ startThread: threadEach(lingering.href) })
    await host.close(monotonicMs() + 600_000)
    expect(host.state).toBe('closed')
  })
})
