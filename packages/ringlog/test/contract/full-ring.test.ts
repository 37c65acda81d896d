import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS } from './rig.ts'

/** The smallest ring there is: full after some 60 of these records. */
const RING_BYTES = 64 * 1024
const VALUE = 'x'.repeat(1000)
const RECORDS = 3000

describe.each(TRANSPORTS)('a ring that is full again and again, by %s', (transport) => {
  test('loses nothing with "block", however slowly it is read (INV-9, INV-10)', async () => {
    const rig = await Rig.start(transport, { ringBytes: RING_BYTES })
    const producer = rig.producer({ batchSizeBytes: 4096, bufferMemoryBytes: 256 * 1024 })
    const consumer = await rig.consumer({ maxPollRecords: 7 })

    let stops = 0
    const producing = (async () => {
      for (let i = 0; i < RECORDS; i++) {
        const hasRoom = producer.write({ topic: rig.topic, key: String(i), value: VALUE })
        if (hasRoom) continue
        stops++
        await producer.drained()
      }
      await producer.flush()
    })()

    for (let next = 0; next < RECORDS;) {
      for (const { offset, key, value } of await consumer.poll({ timeoutMs: 10_000 })) {
        expect([offset, String(key), value!.length]).toEqual([next, String(next), VALUE.length])
        next++
      }
    }
    await producing
    expect(stops).toBeGreaterThan(RECORDS / 200)
    const [offsets] = await rig.broker.offsets(rig.topic)
    expect(offsets).toMatchObject({ endOffset: RECORDS })
    expect(offsets!.logStartOffset).toBeGreaterThan(RECORDS - 70)
  }, 60_000)

  // A batch without a number that is refused as out of time cannot be sent again.
  test.each([{ acks: 'all', idempotence: false }, { acks: 0 }] as const)(
    'takes no request time from what waits for room: %j',
    async (config) => {
      const rig = await Rig.start(transport, { ringBytes: RING_BYTES })
      const consumer = await rig.consumer()
      const producer = rig.producer({ ...config, batchSizeBytes: 1_100, requestTimeoutMs: 500 })
      const records = 70
      for (let i = 0; i < records; i++) producer.write({ topic: rig.topic, value: VALUE })
      while (!(await rig.broker.metrics()).topics[0]!.partitions[0]!.isBlocked);
      await new Promise((resolve) => setTimeout(resolve, 600))
      for (let read = 0; read < records;) {
        const { count } = await consumer.poll({ timeoutMs: 5_000 })
        if (count === 0) throw new Error(`${read} of ${records} records came`)
        read += count
      }
      await producer.flush()
      expect(producer.metrics()).toMatchObject({ recordErrorTotal: 0, recordRetryTotal: 0 })
    },
  )
})
