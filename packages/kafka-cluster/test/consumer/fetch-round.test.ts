import { expect, test } from 'vitest'
import { FetchEntry } from '../../src/consumer/fetch-entry.ts'
import { FetchMemory } from '../../src/consumer/fetch-memory.ts'
import { FetchRound } from '../../src/consumer/fetch-round.ts'
import { FetchedLog } from '../../src/consumer/fetched-log.ts'

const MIB = 1024 * 1024

/** How much a round asks each of so many leaders for. */
function askedOf(leaders: number, maxBytes: number): number[] {
  const isolationLevel = 'read_uncommitted' as const
  const round = new FetchRound({ maxBytes, maxPartitionBytes: MIB, isolationLevel }, maxBytes)
  for (let partition = 0; partition < leaders; partition++) {
    const log = new FetchedLog(
      { topic: 'orders', partition },
      { logStartOffset: 0, endOffset: 0 },
      {
        memory: new FetchMemory(),
        onWanted: () => undefined,
        onClose: () => undefined,
        findByTimestamp: () => Promise.resolve(null),
      },
    )
    round.add(new FetchEntry(log, 'id'), { nodeId: partition, leaderEpoch: 0 })
  }
  return [...round.byLeader.values()].map((asked) => round.questionOf(asked).maxBytes)
}

test('leaders share what a consumer may keep; none is asked for more than 8 MiB at a time', () => {
  expect(askedOf(3, 12 * MIB)).toEqual([4 * MIB, 4 * MIB, 4 * MIB])
  expect(askedOf(2, 50 * MIB)).toEqual([8 * MIB, 8 * MIB])
  expect(askedOf(1, 2 ** 40)).toEqual([8 * MIB])
  expect(askedOf(2, 1)).toEqual([1, 1])
})
