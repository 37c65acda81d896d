import { until } from '@ringlog/test-kit'
import type { Consumer, ProducerConfig } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { MortalRig } from './mortal-rig.ts'
import { pollRecords, transportsWith } from './rig.ts'

const OFTEN = { maxRestarts: 10_000 }
const SMALL = { ringBytes: 65_536 }

/** So often a worker dies while producers write. */
const DEATH_COUNT = 6
/** What the last record says. */
const END = -1

/** The numbers that a consumer finds in the log, until it has found this one. */
async function pollNumbers(consumer: Consumer, last: number = END): Promise<number[]> {
  const numbers: number[] = []
  while (numbers.at(-1) !== last) {
    for (const { value } of await pollRecords(consumer, 1)) numbers.push(parseInt(String(value)))
  }
  return numbers
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

describe.each(transportsWith('ownThreads'))(
  'a producer whose partition is restarted, by %s',
  (transport) => {
    test('delivers what a writer is given once and in order', async () => {
      const mortal = await MortalRig.start(transport, { ringBytes: 262_144 }, OFTEN)
      const { rig } = mortal
      const producer = rig.producer({ batchSizeBytes: 2_048 })
      const writer = producer.writer(rig.at(0))
      const reading = pollNumbers(await rig.consumer())
      const killing = mortal.replaceTimes(DEATH_COUNT)
      const write = (number: number): boolean =>
        writer.write(Buffer.from(`${number}`.padEnd(200, '.')))
      let count = 0
      while (mortal.restarts.length < DEATH_COUNT) {
        if (!write(count++)) await writer.drained()
        if (count % 50 === 0) await producer.flush()
      }
      write(END)
      await producer.flush()
      expect(await reading).toEqual([...upTo(count), END])
      await killing
    })

    test.each<[string, ProducerConfig]>([
      ['with numbers', {}],
      ['one batch at a time', { maxInFlight: 1 }],
      ['compressed', { compression: 'gzip' }],
      [
        'in batches that are too large for a lane',
        { batchSizeBytes: 40_000, bufferMemoryBytes: 200_000 },
      ],
    ])(
      'delivers each record once and in order: %s',
      async (_, config) => {
        const mortal = await MortalRig.start(transport, { ringBytes: 262_144 }, OFTEN)
        const { rig } = mortal
        const { topic } = rig
        const producer = rig.producer({ batchSizeBytes: 2_048, ...config })
        const reading = pollNumbers(await rig.consumer())
        const killing = mortal.replaceTimes(DEATH_COUNT)
        const offsets: number[] = []
        const send = async (number: number): Promise<void> => {
          const { offset } = await producer.send({ topic, value: `${number}`.padEnd(200, '.') })
          offsets.push(offset)
        }
        let count = 0
        while (mortal.restarts.length < DEATH_COUNT) {
          await Promise.all(Array.from({ length: 50 }, () => send(count++)))
        }
        await send(END)
        expect(await reading).toEqual([...upTo(count), END])
        expect(offsets).toEqual(upTo(count + 1))
        expect(producer.metrics()).toMatchObject({ recordErrorTotal: 0, requestsInFlight: 0 })
        await killing
      },
      25_000,
    )

    test('without numbers delivers all; twice only what was on its way by RPC, and the last times in order', async () => {
      const mortal = await MortalRig.start(transport, { ringBytes: 262_144 }, OFTEN)
      const { rig } = mortal
      const producer = rig.producer({ batchSizeBytes: 1_024, idempotence: false })
      const reading = pollNumbers(await rig.consumer())
      const killing = mortal.replaceTimes(DEATH_COUNT)
      const write = (number: number): void =>
        void producer.write({ topic: rig.topic, value: `${number}`.padEnd(200, '.') })
      let count = 0
      while (mortal.restarts.length < DEATH_COUNT) {
        for (let i = 0; i < 20; i++) write(count++)
        await producer.flush()
      }
      write(END)
      await producer.close()
      const numbers = await reading
      await killing
      const all = [...upTo(count), END]
      if (transport === 'shared') expect(numbers).toEqual(all)
      expect([...new Set(numbers.toReversed())].toReversed()).toEqual(all)
    }, 25_000)

    test('that waits for no acknowledgement goes on', async () => {
      const mortal = await MortalRig.start(transport, {}, OFTEN)
      const { rig } = mortal
      const producer = rig.producer({ acks: 0 })
      expect(await producer.send({ topic: rig.topic, value: '0' })).toMatchObject({ offset: -1 })
      await producer.flush()
      await mortal.replace()
      producer.write({ topic: rig.topic, value: '1' })
      await producer.close()
      expect(await pollNumbers(await rig.consumer(), 1)).toEqual([0, 1])
    })

    test('of a full ring waits on: drained, flush and close end when there is room', async () => {
      const mortal = await MortalRig.start(transport, SMALL, OFTEN)
      const { rig } = mortal
      const { topic, broker } = rig
      const consumer = await rig.consumer()
      const producer = rig.producer({ batchSizeBytes: 2_048, bufferMemoryBytes: 262_144 })
      const written = 150
      for (const i of upTo(written)) producer.write({ topic, value: `${i}`.padEnd(1_000, '.') })
      const waits = [producer.drained(), producer.flush(), producer.close()]
      await until(async () => (await broker.metrics()).topics[0]!.partitions[0]!.isBlocked)
      await mortal.replace()
      await until(async () => (await broker.metrics()).topics[0]!.partitions[0]!.isBlocked)
      await mortal.replace(0, 'isTerminated')
      expect(await pollNumbers(consumer, written - 1)).toEqual(upTo(written))
      await Promise.all(waits)
    })

    test('says when a record is out of time before a worker is there', async () => {
      const mortal = await MortalRig.start(transport, {}, OFTEN, 'stillborn')
      const { rig } = mortal
      const { topic } = rig
      const producer = rig.producer({ deliveryTimeoutMs: 300, requestTimeoutMs: 200 })
      await producer.send({ topic, value: '0' })
      await mortal.kill()
      await expect(producer.send({ topic, value: '1' })).rejects.toMatchObject({
        code: 'REQUEST_TIMED_OUT',
      })
      const startMs = performance.now()
      await producer.close({ timeoutMs: 200 }).catch(() => undefined)
      expect(performance.now() - startMs).toBeLessThan(5_000)
    })
  },
)
