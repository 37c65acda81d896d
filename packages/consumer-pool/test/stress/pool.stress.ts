import { Broker } from '@ringlog/broker'
import { Producer } from '@ringlog/producer'
import { SEED, seededRandom, STRESS_MS } from '@ringlog/test-kit'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { ConsumerPool } from '../../src/index.ts'
import type { HandlerData } from './crashing-now-and-then.ts'
import { HandlingLedger } from './handling-ledger.ts'

const TOPIC = 'orders'
const PARTITIONS = 4
const KEYS = 40
const GROUP = 'billing'
const HANDLER = fileURLToPath(new URL('./crashing-now-and-then.ts', import.meta.url))

/**
 * Handlers fail and end their threads in the middle of anything, pools close and stop after too many
 * crashes, and others come in their place, while rings of 64 KiB are full again and again. Outcomes:
 *
 * | outcome                                                          |            |
 * |------------------------------------------------------------------|------------|
 * | a record is handled once                                         | acceptable |
 * | a record is handled again, after a thread has crashed            | acceptable |
 * | a record is never handled                                        | FORBIDDEN  |
 * | a record is committed, and has not been handled                  | FORBIDDEN  |
 * | a record is handled before one of its key that comes before it   | FORBIDDEN  |
 * | two records of a key are handled at once                         | FORBIDDEN  |
 * | an error that is not a crash                                     | FORBIDDEN  |
 */
test.each(['partition', 'key'] as const)(
  `pools whose threads crash handle every record, with concurrency %s (seed ${SEED})`,
  async (concurrency) => {
    const random = seededRandom(SEED)
    const broker = await Broker.start()
    onTestFinished(() => broker.close({ timeoutMs: 2_000 }))
    await broker.createTopic(TOPIC, {
      partitions: PARTITIONS,
      ringBytes: 64 * 1024,
      gatingGroups: [GROUP],
    })
    const ledger = new HandlingLedger(PARTITIONS, KEYS)
    const data: HandlerData = {
      partitions: PARTITIONS,
      keys: KEYS,
      ledger: ledger.memory,
      seed: SEED,
    }
    const errors: string[] = []
    let hasStopped = false
    const startPool = async (): Promise<ConsumerPool> => {
      hasStopped = false
      return ConsumerPool.start(broker, {
        groupId: GROUP,
        topics: [TOPIC],
        handler: HANDLER,
        threads: 1 + Math.floor(random() * 3),
        data,
        concurrency,
        retryBackoffMs: 1,
        maxAttempts: 1_000, // any record may be the one that a demanded crash finds
        maxPollRecords: 1 + Math.floor(random() * 100),
        onError: (error) => {
          if (error.code !== 'WORKER_CRASHED') errors.push(error.stack ?? String(error))
        },
      })
    }

    const producer = new Producer(broker, { batchSizeBytes: 2_000 })
    const sent = { records: 0, isOver: false }
    const producing = (async () => {
      const next = Array.from({ length: KEYS }, () => 0)
      while (!sent.isOver) {
        const key = Math.floor(random() * KEYS)
        for (let i = 0; i < 10; i++) {
          const value = `${key}:${next[key]!++}`
          sent.records++
          const record = { topic: TOPIC, key: String(key), value }
          if (!producer.write(record)) await producer.drained()
        }
        if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve, random() * 3))
      }
      await producer.flush()
    })()

    /** Nothing below what is committed may be missing. */
    const checked = Array.from({ length: PARTITIONS }, () => 0)
    const check = async (): Promise<number[]> => {
      const offsets = await broker.offsets(TOPIC, GROUP)
      const committed = offsets.map((at) => at.committed ?? 0)
      for (const [partition, offset] of committed.entries()) {
        for (; checked[partition]! < offset; checked[partition]!++) {
          if (ledger.handled(partition, checked[partition]!) > 0) continue
          throw new Error(`record ${checked[partition]} of partition ${partition} was not handled`)
        }
      }
      expect(ledger.wrong).toBe('nothing')
      expect(errors).toEqual([])
      return committed
    }

    /** Takes up where one stopped after too many crashes. */
    const next = async (pool: ConsumerPool): Promise<ConsumerPool> => {
      await pool
        .close()
        .catch((error: Error) => expect(error.message).toMatch(/ended unexpectedly/))
      return startPool()
    }

    let pool = await startPool()
    const untilMs = performance.now() + STRESS_MS
    // On a machine that is busy with other things it takes longer until something has happened.
    const hasHappened = (): boolean => ledger.crashes > 0 && sent.records > 300
    while (performance.now() < untilMs || !hasHappened()) {
      await new Promise((resolve) => setTimeout(resolve, random() * 100))
      await check()
      if (random() < 0.5) ledger.demandCrash(1 + Math.floor(random() * 3))
      if (random() < 0.05) pool = await next(pool)
      else
        await pool.drain({ timeoutMs: 0 }).catch((error: { code?: string }) => {
          hasStopped = error.code !== 'REQUEST_TIMED_OUT'
        })
      if (hasStopped) pool = await next(pool)
    }
    ledger.demandCrash(0)
    sent.isOver = true
    // A crash that was demanded before may still stop it.
    const drained = await pool.drain({ timeoutMs: 30_000 }).catch((error: unknown) => error)
    if (drained !== undefined) pool = await next(pool)
    await producing
    await pool.drain({ timeoutMs: 30_000 })
    const committed = await check()
    await pool.close()
    await producer.close()
    const ends = (await broker.offsets(TOPIC)).map(({ endOffset }) => endOffset)
    expect(committed).toEqual(ends)
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(sent.records)
    expect(sent.records).toBeGreaterThan(300)
    expect(ledger.crashes).toBeGreaterThan(0)
  },
)
