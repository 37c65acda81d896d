import { describe, expect, test } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf, logOf } from './rig.ts'

/** Three partitions with 0, 3 and 100 records; of the last, some are gone. */
function threePartitions(): MemoryLog {
  const log = new MemoryLog(3)
  log.partitions[1]!.appendValues('a', 'b', 'c')
  for (let i = 0; i < 100; i++) {
    log.partitions[2]!.append([{ value: 'x'.repeat(1000), timestamp: i * 10 }])
  }
  return log
}

describe('offset queries', () => {
  test('tell where partitions begin and end, in the order asked for, assigned or not', async () => {
    const log = threePartitions()
    const consumer = await consumerOf(log)
    await consumer.assign([log.at(1)])
    const { logStartOffset } = log.partitions[2]!.writer
    expect(logStartOffset).toBeGreaterThan(0)
    const order = [log.at(2), log.at(0), log.at(1), log.at(2)]
    const begin = [logStartOffset, 0, 0, logStartOffset]
    const end = [100, 0, 3, 100]
    expect(await consumer.beginningOffsets(order)).toEqual(
      order.map((p, i) => ({ ...p, offset: begin[i] })),
    )
    expect(await consumer.endOffsets(order)).toEqual(
      order.map((p, i) => ({ ...p, offset: end[i] })),
    )
    expect(await consumer.endOffsets([])).toEqual([])
  })

  test('make no call for what is assigned, and none to find nothing', async () => {
    const log = threePartitions()
    const consumer = await consumerOf(log)
    await consumer.endOffsets(log.all)
    await consumer.offsetsForTimes([])
    expect(log.listCalls).toBe(0)
    await consumer.assign([])
    await consumer.endOffsets(log.all)
    expect(log.listCalls).toBe(1)
  })

  test('find the first record of a time or later, null where there is none', async () => {
    const log = threePartitions()
    const consumer = await consumerOf(log)
    const { logStartOffset } = log.partitions[2]!.writer
    const times = [
      { ...log.at(2), timestamp: 0 },
      { ...log.at(2), timestamp: 981 },
      { ...log.at(2), timestamp: 990 },
      { ...log.at(2), timestamp: 991 },
      { ...log.at(0), timestamp: 0 },
      { ...log.at(1), timestamp: 0 },
    ]
    const expected = [logStartOffset, 99, 99, null, null, 0]
    const found = expected.map((offset, i) => {
      const { topic, partition } = times[i]!
      return offset === null ? null : { topic, partition, offset }
    })
    expect(await consumer.offsetsForTimes(times)).toEqual(found)
    await consumer.assign([])
    expect(await consumer.offsetsForTimes(times)).toEqual(found)
  })

  test('do not touch positions', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log, { maxPollRecords: 3 })
    await consumer.poll()
    await consumer.endOffsets(log.all)
    await consumer.offsetsForTimes([{ ...log.at(0), timestamp: 7 }])
    expect((await consumer.poll()).count).toBe(3)
    expect(consumer.position(log.at(0))).toBe(6)
  })

  test.each([-1, 0.5, Number.NaN, '0', undefined])('refuse the timestamp %j', async (timestamp) => {
    const log = logOf(1)
    const consumer = await consumerOf(log)
    const times = [{ ...log.at(0), timestamp: timestamp as number }]
    await expect(consumer.offsetsForTimes(times)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })

  test('of a partition that does not exist say so', async () => {
    const log = logOf(1)
    const consumer = await consumerOf(log)
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    await expect(consumer.endOffsets([log.at(1)])).rejects.toMatchObject(unknown)
    await expect(consumer.beginningOffsets([log.at(0), log.at(9)])).rejects.toMatchObject(unknown)
  })

  test('end at once for a signal that was aborted before', async () => {
    const log = logOf(1)
    const consumer = await consumerOf(log)
    const reason = new Error('enough')
    const options = { signal: AbortSignal.abort(reason) }
    await expect(consumer.endOffsets(log.all, options)).rejects.toBe(reason)
  })
})
