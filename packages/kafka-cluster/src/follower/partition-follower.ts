import {
  BATCH_ALIGNMENT_BYTES,
  Doorbell,
  GateTable,
  READ_NEEDS_LARGER_TARGET,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RecordBatchHeader,
  RingLogWriter,
  alignUp,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { ConsumerFetches } from '../consumer/consumer-fetches.ts'
import { FetchedLog } from '../consumer/fetched-log.ts'
import type { FollowerControl, FollowerReader, FollowerStart } from './follower-messages.ts'
import { FollowerWords } from './follower-words.ts'

/**
 * Follows one partition of a cluster: fetches its batches as a consumer does, and appends them to a ring, with the
 * offsets that they have.
 *
 * ```text
 *   cluster ──Fetch──▶ FetchedLog ──▶ ring ──▶ readers, in any thread
 *                                      ▲          │
 *                                      └──gates───┘  the slowest that reads in the ring holds it back
 * ```
 *
 * What it cannot append ends it: the log does not go on where the ring ends (it was deleted up to there, or cut off),
 * the partition is gone, a fetch is refused for good, a batch is larger than the ring takes. Its readers go on by
 * themselves: the cluster has all that they miss, and tells them why.
 *
 * Thread: the follower's.
 */
export class PartitionFollower implements FollowerControl {
  readonly #writer: RingLogWriter
  readonly #words: FollowerWords
  readonly #doorbell: Doorbell
  readonly #gates = new GateTable<null>()
  readonly #watchers = new Map<string, Doorbell>()
  readonly #log: FetchedLog
  readonly #header = new RecordBatchHeader()
  readonly #result = new ReadResult()
  #target = new Uint8Array(TARGET_BYTES)
  #isClosed = false

  constructor(cluster: Cluster, start: FollowerStart) {
    const { topic, topicId, partition, isolationLevel, memory } = start
    this.#writer = new RingLogWriter(memory.ring)
    this.#words = new FollowerWords(memory.words)
    this.#doorbell = new Doorbell(memory.followerDoorbell)
    const maxPartitionBytes = Math.min(MAX_FETCH_BYTES, this.#writer.maxBatchBytes)
    const settings = { maxBytes: this.#writer.ringBytes, maxPartitionBytes, isolationLevel }
    const fetches = new ConsumerFetches(cluster, settings, this.#doorbell)
    const bounds = {
      logStartOffset: this.#words.logStartOffset,
      endOffset: this.#words.logEndOffset,
    }
    this.#log = new FetchedLog({ topic, partition }, bounds, {
      memory: fetches.memory,
      onWanted: () => fetches.schedule(),
      onClose: () => fetches.remove(this.#log),
      findByTimestamp: () => Promise.resolve(null),
    })
    this.#log.startFrom({ offset: this.#writer.endOffset, leaderEpoch: this.#words.leaderEpoch })
    fetches.add(this.#log, topicId)
  }

  /** Follows until it cannot, or is closed; the ring is over then, and its readers are rung. */
  async run(): Promise<void> {
    try {
      while (await this.#step());
    } catch {
      // Whoever reads on meets the same error.
    } finally {
      this.#log.close()
      this.#words.setOver() // INV-187: after the last append
      this.#ringWatchers()
    }
  }

  openReader({ readerId, doorbell, gate }: FollowerReader): void {
    if (gate !== null) this.#gates.attach(readerId, gate, null)
    const watcher = new Doorbell(doorbell)
    this.#watchers.set(readerId, watcher)
    watcher.ring() // it has the ring already, and was not rung for what was appended since
    this.#doorbell.ring()
  }

  closeReader(readerId: string): void {
    this.#gates.close(readerId)
    this.#watchers.delete(readerId)
    this.#doorbell.ring()
  }

  close(): void {
    this.#isClosed = true
    this.#doorbell.ring()
  }

  /** Waits for batches and appends them; `false`: nothing more is to be appended. */
  async #step(): Promise<boolean> {
    const { endOffset } = this.#writer
    const log = this.#log
    await this.#doorbell.waitAsync(
      () => this.#isClosed || log.isDeleted || log.availableBytes(endOffset) > 0,
    )
    if (this.#isClosed || log.isDeleted) return false
    const result = this.#result
    log.read(endOffset, this.#target, result)
    this.#words.setBounds(log.logStartOffset, log.endOffset)
    if (result.status === READ_OUT_OF_RANGE) return false
    if (result.status === READ_NEEDS_LARGER_TARGET) {
      this.#target = new Uint8Array(result.requiredBytes)
    } else if (result.status === READ_OK) {
      try {
        return await this.#appendAll(result.copiedBytes)
      } finally {
        this.#ringWatchers()
      }
    }
    return true
  }

  async #appendAll(byteCount: number): Promise<boolean> {
    for (let start = 0; start < byteCount;) {
      const { sizeBytes, partitionLeaderEpoch } = this.#header.wrap(this.#target, start)
      if (sizeBytes > this.#writer.maxBatchBytes) return false
      if (!this.#writer.makeRoom(sizeBytes, this.#floorOffset())) {
        await this.#waitForRoom(sizeBytes)
        if (this.#isClosed) return false
      }
      this.#words.leaderEpoch = partitionLeaderEpoch // INV-186: before the batch is published
      this.#writer.appendCopy(this.#target.subarray(start, start + sizeBytes)) // INV-185
      start = alignUp(start + sizeBytes, BATCH_ALIGNMENT_BYTES)
    }
    return true
  }

  async #waitForRoom(sizeBytes: number): Promise<void> {
    this.#ringWatchers() // they read what was appended, and make room
    this.#writer.setBlocked(true) // INV-9: before the gates are looked at
    await this.#doorbell.waitAsync(
      () => this.#isClosed || this.#writer.makeRoom(sizeBytes, this.#floorOffset()),
    )
    this.#writer.setBlocked(false)
  }

  /** From here on batches are kept. Where nobody reads, nothing is fetched that would take the place of another. */
  #floorOffset(): number {
    return this.#watchers.size === 0 ? this.#writer.logStartOffset : this.#gates.lowest().offset
  }

  #ringWatchers(): void {
    for (const doorbell of this.#watchers.values()) doorbell.ring()
  }
}

/** What is appended at most before readers are rung. */
const TARGET_BYTES = 256 * 1024
const MAX_FETCH_BYTES = 1024 * 1024
