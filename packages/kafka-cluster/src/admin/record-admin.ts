import {
  RinglogError,
  assertGroupId,
  checkPartition,
  show,
  partitionName,
  type PartitionOffsets,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { errorAbout, isLastingError } from '../connection/cluster-errors.ts'
import { listOffsets } from '../consumer/list-offsets.ts'
import { fetchOffsets } from '../group/offsets.ts'
import { isOfMetadata } from '../producer/partition-outcome.ts'
import { retryDelay } from '../retrying.ts'
import type { TopicAdmin } from './topic-admin.ts'

/** The end of what consumers see. */
const END = -1

/** The calls of a client that look into the logs of its cluster, and delete records of them. */
export class RecordAdmin {
  readonly #cluster: Cluster
  readonly #topics: TopicAdmin

  constructor(cluster: Cluster, topics: TopicAdmin) {
    this.#cluster = cluster
    this.#topics = topics
  }

  async delete(p: TopicPartition, beforeOffset: number): Promise<void> {
    const { topic, partition } = checkPartition(p)
    if (!Number.isSafeInteger(beforeOffset) || beforeOffset < END) {
      const message = `beforeOffset must be an offset, or -1 for the end, got ${show(beforeOffset)}`
      throw new RinglogError('INVALID_REQUEST', message)
    }
    const { kafka, connections, metadata } = this.#cluster
    const options = this.#cluster.apiDeadline()
    const apis = versionsOf(kafka, kafka.deleteRecordsV2.api, 'deleteRecords', 0)
    const partitions = [{ partitionIndex: partition, offset: BigInt(beforeOffset) }]
    await this.#topics.find(topic, options)
    for (;;) {
      const { nodeId } = await metadata.leader(topic, partition, options)
      const timeoutMs = this.#cluster.config.requestTimeoutMs
      const call = { ...options, takesErrors: true }
      const args: Parameters<typeof kafka.deleteRecordsV2.createRequest> = [
        [{ name: topic, partitions }],
        timeoutMs,
      ]
      const details = { topic, partition, beforeOffset }
      let error: RinglogError
      try {
        const answer = await connections.request(nodeId, apis, args, call)
        const errorNumber = answer.topics[0]?.partitions[0]?.errorCode ?? 0
        if (errorNumber === 0) return
        error = errorAbout(
          `partition ${partitionName(topic, partition)}`,
          errorNumber,
          null,
          details,
        )
      } catch (reason) {
        if (!RinglogError.is(reason, 'NETWORK_EXCEPTION') || isLastingError(reason)) throw reason
        error = reason // to delete them twice is to delete them once
      }
      if (error.code === 'OFFSET_OUT_OF_RANGE') throw await this.#outOfRange(p, beforeOffset)
      if (!isOfMetadata(error)) throw error
      metadata.markStale(topic)
      await retryDelay(this.#cluster, options.deadlineMs, undefined, error)
    }
  }

  /** The cluster does not say where the log ends. */
  async #outOfRange(
    { topic, partition }: TopicPartition,
    beforeOffset: number,
  ): Promise<RinglogError> {
    const [endOffset] = await listOffsets(
      this.#cluster,
      [{ topic, partition }],
      'latest',
      this.#cluster.apiDeadline(),
    )
    return new RinglogError(
      'OFFSET_OUT_OF_RANGE',
      `cannot delete records of ${partitionName(topic, partition)} before offset ${beforeOffset}: its log ends at ${endOffset}`,
      { details: { topic, partition, beforeOffset, endOffset } },
    )
  }

  async offsets(topic: string, groupId?: string): Promise<PartitionOffsets[]> {
    if (groupId !== undefined) assertGroupId(groupId)
    const options = this.#cluster.apiDeadline()
    const { partitions } = await this.#topics.find(topic, options)
    const at = partitions.map(({ partition }) => ({ topic, partition }))
    const [starts, ends, committed] = await Promise.all([
      listOffsets(this.#cluster, at, 'earliest', options),
      listOffsets(this.#cluster, at, 'latest', options),
      groupId === undefined ? [] : fetchOffsets(this.#cluster, groupId, at, options),
    ])
    return at.map(({ partition }, index) => {
      const own = committed.find((one) => one.partition === partition)?.offset ?? null
      const logStartOffset = starts[index] ?? 0
      const endOffset = ends[index] ?? 0
      return {
        partition,
        logEndOffset: endOffset - 1,
        currentOffset: own === null ? -1 : own - 1,
        committedOffset: own === null ? -1 : own - 1,
        logStartOffset,
        endOffset,
        position: own,
        committed: own,
        lag: endOffset - (own ?? logStartOffset),
      }
    })
  }
}
