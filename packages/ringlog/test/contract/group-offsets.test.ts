import { type ConsumerConfig, type PartitionOffsets } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP_TRANSPORTS, GROUP, article } from './group-rig.ts'
import { pollRecords, pollValues } from './rig.ts'

const grouped = (config: ConsumerConfig = {}): ConsumerConfig => ({ groupId: GROUP, ...config })

/** The identities between the article's offsets and Kafka's, where no seek has come between. */
function expectIdentities(offsets: PartitionOffsets[]): void {
  for (const offset of offsets) {
    expect(offset.endOffset).toBe(offset.logEndOffset + 1)
    expect(offset.position ?? 0).toBe(offset.currentOffset + 1)
    expect(offset.committed ?? 0).toBe(offset.committedOffset + 1)
    expect(offset.lag).toBe(offset.endOffset - (offset.committed ?? offset.logStartOffset))
  }
}

/** The article's three: log end, current, committed. */
const threeOf = (offsets: PartitionOffsets[]): number[][] =>
  offsets.map(({ logEndOffset, currentOffset, committedOffset }) => [
    logEndOffset,
    currentOffset,
    committedOffset,
  ])

describe.each(GROUP_TRANSPORTS)('the offsets of a group, of what came by %s', (transport) => {
  test("the article's three offsets move as it says, beside Kafka's, at every step", async () => {
    const rig = await article(transport)
    const offsets = async (): Promise<PartitionOffsets[]> => {
      const all = await rig.broker.offsets(rig.topic, GROUP)
      expectIdentities(all)
      return all
    }
    expect(threeOf(await offsets())).toEqual([
      [3, -1, -1],
      [2, -1, -1],
      [2, -1, -1],
    ])
    const consumer = await rig.consumer(grouped({ maxPollRecords: 4 }), [0, 1, 2])
    expect(threeOf(await offsets())).toEqual([
      [3, -1, -1],
      [2, -1, -1],
      [2, -1, -1],
    ])
    expect((await offsets()).map(({ position, committed }) => [position, committed])).toEqual(
      [0, 1, 2].map(() => [0, null]),
    )
    const polls = [
      [
        [3, 3, -1],
        [2, -1, -1],
        [2, -1, -1],
      ],
      [
        [3, 3, 3],
        [2, 2, -1],
        [2, 0, -1],
      ],
      [
        [3, 3, 3],
        [2, 2, 2],
        [2, 2, 0],
      ],
    ]
    for (const [i, expected] of polls.entries()) {
      const { count } = await consumer.poll()
      expect(threeOf(await offsets())).toEqual(expected)
      expect(count).toBe([4, 4, 2][i])
    }
    // The records of the last poll count as consumed when the next begins.
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    expect(threeOf(await offsets())).toEqual([
      [3, 3, 3],
      [2, 2, 2],
      [2, 2, 2],
    ])
    await rig.producer().send({ topic: rig.topic, partition: 1, value: 'k' })
    expect(threeOf(await offsets())[1]).toEqual([3, 2, 2])
    expect((await offsets())[1]).toMatchObject({ endOffset: 4, position: 3, committed: 3, lag: 1 })
    await consumer.poll()
    expect(threeOf(await offsets())[1]).toEqual([3, 3, 2])
    await consumer.close()
    expect(threeOf(await offsets())[1]).toEqual([3, 3, 3])
  })

  test('without a group, or with an unknown one, nothing is committed', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer({}, [0, 1, 2])
    await pollRecords(consumer, 10)
    for (const groupId of [undefined, 'never seen']) {
      const offsets = await rig.broker.offsets(rig.topic, groupId)
      expectIdentities(offsets)
      expect(offsets.map(({ position, committed, lag }) => [position, committed, lag])).toEqual([
        [null, null, 4],
        [null, null, 3],
        [null, null, 3],
      ])
    }
    await expect(rig.broker.offsets(rig.topic, '')).rejects.toMatchObject({
      code: 'INVALID_GROUP_ID',
      errorCode: 24,
    })
    await expect(rig.broker.offsets('none', GROUP)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })

  test('commits outlive the consumer; the next one of the group goes on from there', async () => {
    const rig = await article(transport)
    const first = await rig.consumer(grouped({ maxPollRecords: 2 }))
    expect(await pollValues(first, 2)).toEqual([['a', 'd']])
    await first.close()
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({
      currentOffset: 1,
      position: 2,
      committed: 2,
    })
    const second = await rig.consumer(grouped({ autoOffsetReset: 'latest' }))
    expect(second.position(rig.at(0))).toBe(2)
    expect(second.currentOffset(rig.at(0))).toBe(-1)
    expectIdentities(await rig.broker.offsets(rig.topic, GROUP))
    expect(await pollValues(second, 2)).toEqual([['g', 'j']])
    const other = await rig.consumer({ groupId: 'another' })
    expect(other.position(rig.at(0))).toBe(0)
  })
})
