import { Consumer, type ConsumerRecord, type ConsumerRecords } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP, GROUP_TRANSPORTS, article } from './group-rig.ts'
import { untilHere, type Rig } from './rig.ts'

/** What the group has committed by partition, once the consumer is closed. */
async function committedAfterClose(
  rig: Rig,
  loop: (records: ConsumerRecords, consumer: Consumer) => void | Promise<void>,
): Promise<Array<number | null>> {
  await untilHere(rig, [0, 1], 7)
  const consumer = new Consumer(rig.broker, { groupId: GROUP })
  try {
    await consumer.assign([rig.at(0), rig.at(1)])
    const records = await consumer.poll()
    expect(records.count).toBe(7) // four of the first partition, three of the second
    await loop(records, consumer)
  } catch (error) {
    expect(error).toMatchObject({ message: 'not done' })
  } finally {
    await consumer.close()
  }
  return (await rig.broker.offsets(rig.topic, GROUP)).slice(0, 2).map(({ committed }) => committed)
}

function failAt(records: Iterable<ConsumerRecord>, partition: number, offset: number): void {
  for (const record of records) {
    if (record.partition === partition && record.offset === offset) throw new Error('not done')
  }
}

describe.each(GROUP_TRANSPORTS)('what is committed of a loop over a poll, by %s,', (transport) => {
  test.each<[string, number, number, Array<number | null>]>([
    ['in the first partition', 0, 2, [2, null]],
    ['at the first record', 0, 0, [null, null]],
    ['in the second partition', 1, 1, [4, 1]],
    ['at the last record', 1, 2, [4, 2]],
    ['nowhere', 9, 9, [4, 3]],
  ])('that throws %s, as the consumer closes', async (_, partition, offset, committed) => {
    const rig = await article(transport)
    expect(await committedAfterClose(rig, (records) => failAt(records, partition, offset))).toEqual(
      committed,
    )
  })

  test('is all of it where a later loop has come to the end', async () => {
    const rig = await article(transport)
    const committed = await committedAfterClose(rig, (records) => {
      expect(() => failAt(records, 0, 1)).toThrow('not done')
      failAt(records, 9, 9)
    })
    expect(committed).toEqual([4, 3])
  })

  test('is all of it with the next poll', async () => {
    const rig = await article(transport)
    const committed = await committedAfterClose(rig, async (records, consumer) => {
      expect(() => failAt(records, 0, 1)).toThrow('not done')
      await consumer.poll({ timeoutMs: 0 })
    })
    expect(committed).toEqual([4, 3])
  })

  test('is what the program has committed, or sought, since', async () => {
    const rig = await article(transport)
    const committed = await committedAfterClose(rig, async (records, consumer) => {
      await consumer.commit([{ ...rig.at(0), offset: 3 }])
      consumer.seek(rig.at(1), 2)
      failAt(records, 0, 1)
    })
    expect(committed).toEqual([3, 2])
  })
})
