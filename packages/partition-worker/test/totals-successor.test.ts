import { afterEach, expect, test } from 'vitest'
import { append, connect, terminateHosts } from './host-rig.ts'
import { MortalPartition } from './mortal-partition.ts'
import { batchOf } from './rig.ts'

afterEach(terminateHosts)

function numbered(value: string, baseSequence: number): Uint8Array {
  return batchOf([value], { producerId: 7, producerEpoch: 0, baseSequence })
}

test.each(['is terminated', 'throws'] as const)(
  'a partition worker whose predecessor %s counts on from what was answered',
  async (how) => {
    const partition = new MortalPartition()
    await partition.start()
    const first = await connect(partition.host)
    await append(first, numbered('a', 0))
    await append(first, numbered('b', 1))
    await append(first, numbered('z', 9)).catch(() => undefined)
    await partition.host.deleteRecords(1)
    const before = await partition.host.metrics(Infinity)
    expect(before).toMatchObject({
      messagesInTotal: 2,
      batchesInTotal: 2,
      failedProduceRequestsTotal: 1,
      deletedRecordsTotal: 1,
    })
    await partition.kill(how)
    await partition.start()
    expect(await partition.host.metrics(Infinity)).toEqual({ ...before, producerCount: 0 })
    await append(await connect(partition.host), numbered('c', 2))
    expect(await partition.host.metrics(Infinity)).toMatchObject({
      messagesInTotal: 3,
      bytesInTotal: before.bytesInTotal * 1.5,
      batchesInTotal: 3,
    })
  },
)
