import { RinglogError, systemClock, type AppendOutcome } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import { ClusterAppender } from '../../src/producer/cluster-appender.ts'
import type { ProduceResponse } from '../../src/producer/produce-api.ts'
import { ProducerIds } from '../../src/producer/producer-ids.ts'
import { ProducerSenders } from '../../src/producer/producer-senders.ts'

const AT = { topic: 'orders', partition: 0 }
const BATCH_BYTES = 100

/** A cluster of one broker, which answers when the test has it answer. */
class PlayedCluster {
  readonly requests: Array<PromiseWithResolvers<ProduceResponse>> = []
  readonly closedLanes: string[] = []

  get cluster(): Cluster {
    const metadata = { knownLeader: () => ({ nodeId: 0 }), markStale: () => undefined }
    const connections = {
      isReady: () => true,
      request: () => {
        const request = Promise.withResolvers<ProduceResponse>()
        this.requests.push(request)
        return request.promise
      },
      closeLane: (_nodeId: number, lane: string) => void this.closedLanes.push(lane),
    }
    return { clock: systemClock, metadata, connections } as unknown as Cluster
  }
}

describe('the way to a partition', () => {
  test('closed after a failure, still has the batches answered that had not left', async () => {
    const played = new PlayedCluster()
    const { cluster } = played
    const senders = new ProducerSenders({ cluster, apis: [], acks: -1, lane: 'producer 1' })
    const appender = new ClusterAppender(AT, {
      cluster,
      ids: new ProducerIds(),
      count: { current: 1, isDeleted: false },
      senderTo: (nodeId) => senders.to(nodeId),
      onClose: () => senders.close(),
    })
    const answers: Array<AppendOutcome | RinglogError> = []
    const nowMs = systemClock.nowMs()
    const deadline = { requestDeadlineMs: nowMs + 60_000, waitingSinceMs: nowMs, maxBlockMs: 0 }
    // One more than the requests that may be on their way.
    for (let i = 0; i < 6; i++) {
      appender.append(new ArrayBuffer(BATCH_BYTES), BATCH_BYTES, deadline, {
        onAnswer: (outcome) => void answers.push(outcome),
        // As a producer does: it looks for another way.
        onNoAnswer: (error) => {
          answers.push(error)
          appender.close()
        },
      })
    }
    await Promise.resolve()
    expect(played.requests).toHaveLength(5)

    const lost = new RinglogError('NETWORK_EXCEPTION', 'the connection is lost')
    for (const request of played.requests.slice(0, 5)) request.reject(lost)
    await new Promise((resolve) => setImmediate(resolve))
    expect(answers).toEqual([lost, lost, lost, lost, lost])
    expect(played.closedLanes).toEqual([])
    played.requests[5]!.reject(lost)
    await new Promise((resolve) => setImmediate(resolve))

    expect(answers).toHaveLength(6)
    expect(played.closedLanes).toEqual(['producer 1'])
  })
})
