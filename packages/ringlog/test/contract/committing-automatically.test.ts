import { Consumer, type ConsumerConfig } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP_TRANSPORTS, GROUP, article } from './group-rig.ts'
import { pollRecords, pollValues } from './rig.ts'

const grouped = (config: ConsumerConfig = {}): ConsumerConfig => ({ groupId: GROUP, ...config })
const manual = grouped({ autoCommit: false })

describe.each(GROUP_TRANSPORTS)(
  'what is committed, and by whom, of what came by %s',
  (transport) => {
    test('with an interval, commits wait for it; a poll that waits commits at once', async () => {
      const rig = await article(transport)
      const interval = grouped({ autoCommitIntervalMs: 60_000, maxPollRecords: 1 })
      const consumer = await rig.consumer(interval)
      await consumer.poll()
      await consumer.poll()
      const first = await consumer.committed(rig.at(0))
      await consumer.poll()
      expect(await consumer.committed(rig.at(0))).toBe(first)
      await consumer.poll()
      await consumer.poll({ timeoutMs: 1 })
      expect(await consumer.committed(rig.at(0))).toBe(4)
    })

    test('giving a partition up, and closing, commit what was handed out', async () => {
      const rig = await article(transport)
      const config = grouped({ autoCommitIntervalMs: 60_000 })
      const consumer = await rig.consumer(config, [0, 1])
      await pollRecords(consumer, 7)
      await consumer.assign([rig.at(1)])
      expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: 4 })
      await consumer.close()
      expect((await rig.broker.offsets(rig.topic, GROUP))[1]).toMatchObject({ committed: 3 })
    })

    test('an iteration commits what came before the record at hand, and after a break the rest', async () => {
      const rig = await article(transport)
      const consumer = await rig.consumer(grouped())
      for await (const { offset } of consumer) {
        if (offset === 1) await consumer.commit() // the record at hand included
        if (offset === 2) break
      }
      expect(await consumer.committed(rig.at(0))).toBe(2)
      expect(consumer.position(rig.at(0))).toBe(3)
      expect((await consumer.poll()).count).toBe(1)
      expect(await consumer.committed(rig.at(0))).toBe(3)
    })

    test('what was committed by hand is not committed back by itself', async () => {
      const rig = await article(transport)
      const consumer = await rig.consumer(grouped())
      for await (const { offset } of consumer) if (offset === 2) break
      const [broken] = await rig.broker.offsets(rig.topic, GROUP)
      expect(broken).toMatchObject({ position: 3, currentOffset: 2, committed: null })
      await consumer.commit()
      await consumer.close()
      expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: 3 })
    })

    test('a seek is committed with the next poll, but never past the end', async () => {
      const rig = await article(transport)
      const consumer = await rig.consumer(grouped())
      await pollRecords(consumer, 4)
      consumer.seek(rig.at(0), 1)
      expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({
        currentOffset: 3,
        position: 1,
      })
      await pollRecords(consumer, 3)
      expect(await consumer.committed(rig.at(0))).toBe(1)
      consumer.seek(rig.at(0), 999)
      await expect(consumer.commit()).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
      await consumer.poll() // reset to the earliest
      expect(await consumer.committed(rig.at(0))).toBe(1)
    })

    test('"none" starts where the group has committed, and nowhere else', async () => {
      const rig = await article(transport)
      const first = await rig.consumer(manual)
      await first.commit([{ ...rig.at(0), offset: 2 }])
      await first.close()
      const strict = new Consumer(rig.broker, grouped({ autoOffsetReset: 'none' }))
      await expect(strict.assign([rig.at(0), rig.at(1)])).rejects.toMatchObject({
        code: 'NO_OFFSET_FOR_PARTITION',
        details: { partitions: [rig.at(1)] },
      })
      expect(strict.position(rig.at(0))).toBe(2)
      strict.seek(rig.at(1), 0)
      expect(await pollRecords(strict, 5)).toHaveLength(5)
      await strict.close()
    })

    test('a group that has committed nothing starts for its next consumer where it began', async () => {
      const rig = await article(transport)
      const first = await rig.consumer(grouped({ autoOffsetReset: 'latest', autoCommit: false }))
      expect(first.position(rig.at(0))).toBe(4)
      await first.close()
      await rig.producer().send({ topic: rig.topic, partition: 0, value: 'between' })
      const second = await rig.consumer(grouped({ autoOffsetReset: 'latest' }))
      expect(await pollValues(second, 1)).toEqual([['between']])
    })

    test('another consumer that assigns the partition takes it over', async () => {
      const rig = await article(transport)
      const first = await rig.consumer(grouped({ maxPollRecords: 1 }), [0, 1])
      await first.poll()
      await first.poll()
      const second = await rig.consumer(manual, [0])
      const committed = second.position(rig.at(0))
      const stale = {
        code: 'STALE_MEMBER_EPOCH',
        errorCode: 113,
        details: { groupId: GROUP, partitions: [rig.at(0)] },
      }
      await expect(first.commit([{ ...rig.at(0), offset: 4 }])).rejects.toMatchObject(stale)
      expect(() => first.commitSync([{ ...rig.at(0), offset: 4 }])).toThrow(
        expect.objectContaining({ code: 'STALE_MEMBER_EPOCH' }),
      )
      // What was committed in the same call elsewhere is.
      await expect(
        first.commit([
          { ...rig.at(0), offset: 4 },
          { ...rig.at(1), offset: 2 },
        ]),
      ).rejects.toMatchObject(stale)
      expect(await second.committed(rig.at(1))).toBe(2)
      expect(await second.committed(rig.at(0))).toBe(committed === 0 ? null : committed)
      // Its polls say so until it gives the partition up.
      first.seek(rig.at(0), 3)
      for (let i = 0; i < 2; i++) await expect(first.poll()).rejects.toMatchObject(stale)
      await first.assign([rig.at(1)])
      await first.poll({ timeoutMs: 0 })
      await second.commit([{ ...rig.at(0), offset: 3 }])
      expect(await first.committed(rig.at(0))).toBe(3)
    })

    test('deleting a topic forgets what was committed there', async () => {
      const rig = await article(transport)
      const consumer = await rig.consumer(grouped())
      await pollRecords(consumer, 4)
      await consumer.commit()
      await rig.broker.deleteTopic(rig.topic)
      await expect(consumer.poll()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
      await consumer.close()
      await rig.broker.createTopic(rig.topic)
      expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: null })
      expect(await rig.broker.listGroups()).toEqual([])
    })
  },
)
