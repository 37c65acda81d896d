import { Consumer } from '@ringlog/consumer'
import { Producer } from '@ringlog/producer'
import { describe, expect, test } from 'vitest'
import {
  GROUP,
  TOPIC,
  allOf,
  numbersOf,
  numbersUpTo,
  produceNumbers,
  startMirror,
  twoBrokers,
  untilCommitted,
} from './rig.ts'

describe('what is mirrored', () => {
  test.each(['none', 'gzip', 'lz4'] as const)(
    'is the same in every field and order, as the batches that there are (%s)',
    async (compression) => {
      const { from, to } = await twoBrokers(3)
      const producer = new Producer(from, { compression })
      for (let i = 0; i < 300; i++) {
        producer.write({
          topic: TOPIC,
          partition: i % 3,
          key: i % 7 === 0 ? null : `key ${i % 5}`,
          value: i % 11 === 0 ? null : `value ${i}`,
          timestamp: 1_700_000_000_000 + ((i * 37) % 100),
          headers: i % 4 === 0 ? { trace: `${i}`, none: null } : {},
        })
        if (i % 50 === 0) await producer.flush()
      }
      await producer.flush()
      const mirroring = await startMirror(from, to)
      await untilCommitted(from)
      expect(await allOf(to)).toEqual(await allOf(from))
      const { mirroredRecords, mirroredBatches, producer: sent } = mirroring.metrics()
      expect(mirroredRecords).toBe(300)
      // Batches that were sealed as they were: as many requests as there are batches in the source.
      expect(mirroredBatches).toBe(sent.requestTotal)
      expect(mirroredBatches).toBe(producer.metrics().requestTotal)
      expect(sent.outgoingByteTotal).toBe(producer.metrics().outgoingByteTotal)
      await mirroring.close()
    },
  )

  test('goes on where the group has committed, within a batch as well, and closes without a repetition', async () => {
    const { from, to } = await twoBrokers()
    await produceNumbers(from, 0, 200)
    const consumer = new Consumer(from, { groupId: GROUP, autoCommit: false })
    await consumer.subscribe([TOPIC])
    await consumer.commit([{ topic: TOPIC, partition: 1, offset: 42 }])
    await consumer.close()
    const first = await startMirror(from, to)
    await untilCommitted(from)
    await first.close()
    await produceNumbers(from, 200, 300)
    const second = await startMirror(from, to)
    await untilCommitted(from)
    await second.close()
    const [even, odd] = numbersUpTo(300)
    expect(await numbersOf(to)).toEqual([even, odd!.slice(42)])
  })

  test('with timestamps of the source’s append keeps them', async () => {
    const { from, to } = await twoBrokers()
    await from.deleteTopic(TOPIC)
    await from.createTopic(TOPIC, { partitions: 2, timestampType: 'logAppendTime' })
    await produceNumbers(from, 0, 50)
    const mirroring = await startMirror(from, to)
    await untilCommitted(from)
    expect(await allOf(to)).toEqual(await allOf(from))
    expect(mirroring.metrics()).toMatchObject({ mirroredRecords: 50, mirroredBatches: 0 })
  })

  test('in batches that are too large for the target is divided', async () => {
    const { from, to } = await twoBrokers()
    await to.createTopic(TOPIC, { partitions: 2, maxMessageBytes: 2_000 })
    const producer = new Producer(from)
    for (let i = 0; i < 100; i++)
      producer.write({ topic: TOPIC, partition: 0, value: 'x'.repeat(100) })
    await producer.close()
    const mirroring = await startMirror(from, to)
    await untilCommitted(from)
    expect((await allOf(to)).length).toBe(100)
    expect(mirroring.metrics().mirroredBatches).toBe(0)
  })

  test('is shared by the mirrors of a group, in order, whoever comes and goes', async () => {
    const { from, to } = await twoBrokers(4)
    const mirrors = [await startMirror(from, to)]
    for (let round = 0; round < 8; round++) {
      if (round % 2 === 0) mirrors.push(await startMirror(from, to))
      else await mirrors.shift()!.close()
      await produceNumbers(from, round * 200, round * 200 + 200, { partitions: 4 })
    }
    await untilCommitted(from)
    for (const mirroring of mirrors) await mirroring.close()
    // Every partition was given up in time, so nothing is there twice.
    expect(await numbersOf(to, 4)).toEqual(numbersUpTo(1_600, 4))
  })
})

describe('the topic of the target', () => {
  test('is made with the partitions of the source, also those to come', async () => {
    const { from, to } = await twoBrokers()
    await startMirror(from, to)
    await produceNumbers(from, 0, 20)
    await from.createPartitions(TOPIC, 5)
    await produceNumbers(from, 20, 60, { partitions: 5 })
    await untilCommitted(from)
    expect((await to.describeTopic(TOPIC)).partitions.length).toBe(5)
    expect((await allOf(to)).map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, i) => i),
    )
  })

  test('that is there is kept, and gets the partitions that it lacks', async () => {
    const { from, to } = await twoBrokers(3)
    await to.createTopic(TOPIC, { partitions: 1, maxMessageBytes: 5_000 })
    await startMirror(from, to)
    const { partitions, config } = await to.describeTopic(TOPIC)
    expect(partitions.length).toBe(3)
    expect(config.maxMessageBytes).toBe(5_000)
  })

  test('is found by a pattern, which covers topics to come', async () => {
    const { from, to } = await twoBrokers()
    await startMirror(from, to, { topics: /^price/ })
    await from.createTopic('prices-2')
    const producer = new Producer(from)
    await producer.send({ topic: 'prices-2', value: 'x' })
    await expect.poll(async () => (await to.listTopics()).includes('prices-2')).toBe(true)
    await expect.poll(async () => (await allOf(to, 'prices-2')).length).toBe(1)
  })
})
