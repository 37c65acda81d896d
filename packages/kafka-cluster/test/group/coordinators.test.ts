import { systemClock } from '@ringlog/core/internal'
import { isSettled } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import type { ClusterParts } from '../../src/cluster-parts.ts'
import { GroupCoordinators } from '../../src/group/coordinators.ts'
import { loadKafka } from '../../src/load-kafka.ts'

const kafka = await loadKafka()

/** Broker 7 coordinates all groups, once `found` is resolved. */
function coordinatorsOf(found: Promise<void>) {
  const closed: Array<[number, string]> = []
  const connections = {
    request: async (_node: number, _apis: unknown, args: readonly unknown[]) => {
      if (args.length === 1) return { errorCode: 0 } // what the tests ask the coordinator
      await found
      return { coordinators: [{ errorCode: 0, nodeId: 7 }] }
    },
    endpointOf: () => ({ host: 'h', port: 1 }),
    closeLane: (nodeId: number, lane: string) => void closed.push([nodeId, lane]),
  }
  const config = { requestTimeoutMs: 10_000, retryBackoffMs: 1 }
  const parts = { kafka, clock: systemClock, config, connections } as unknown as ClusterParts
  const coordinators = new GroupCoordinators(parts)
  const ask = (signal?: AbortSignal): Promise<unknown> =>
    coordinators.request('g', [], ['anything'], { signal })
  return { coordinators, ask, closed }
}

test('a caller that waits no longer for a coordinator does not end the wait of others', async () => {
  const { promise: found, resolve } = Promise.withResolvers<void>()
  const { ask } = coordinatorsOf(found)
  const leaving = new AbortController()
  const first = ask(leaving.signal)
  const second = ask()
  leaving.abort(new Error('left'))
  await expect(first).rejects.toThrow('left')
  resolve()
  expect(await second).toEqual({ errorCode: 0 })
})

test('a connection to a coordinator is closed once that is known, and not waited for before', async () => {
  const { promise: found, resolve } = Promise.withResolvers<void>()
  const { coordinators, ask, closed } = coordinatorsOf(found)
  const asked = ask()
  expect(await isSettled(coordinators.closeLane('g', 'lane'))).toBe(true)
  expect(closed).toEqual([])
  resolve()
  await asked
  await coordinators.closeLane('g', 'lane')
  expect(closed).toEqual([[7, 'lane']])
})
