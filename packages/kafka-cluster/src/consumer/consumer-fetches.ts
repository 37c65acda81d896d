import {
  RinglogError,
  partitionKey,
  setMicrotask,
  partitionName,
  type ClockTimer,
  type ConsumerDoorbell,
  type FetchOptions,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { errorAbout, errorOfNumber, isLastingError } from '../connection/cluster-errors.ts'
import { fetchApis, type FetchedPartition } from './fetch-api.ts'
import { FetchMemory } from './fetch-memory.ts'
import { copyFetchedBatches } from './fetched-batches.ts'
import type { FetchedLog } from './fetched-log.ts'
import { FetchEntry, type FetchAsked } from './fetch-entry.ts'
import { FetchLanes, type FetchLane } from './fetch-lanes.ts'
import { FetchRound } from './fetch-round.ts'
import { LeaderLookups } from './leader-lookups.ts'
import { fetchErrorKind } from './fetch-error-kind.ts'

/**
 * All that one consumer fetches: of every leader, the partitions that have room, in one request.
 *
 * ```text
 *   wanted ──▶ a round: by leader, those that are not asked for ──▶ Fetch ──▶ accept ──▶ the consumer's doorbell
 *      ▲                                                              │
 *      └────────── read, seek, a new leader, a time to try again ◀────┘
 * ```
 *
 * A request with partitions in which nothing comes waits at the broker, on a connection of its own; what else is
 * wanted meanwhile goes over another: see `FetchLanes`.
 *
 * Thread: the consumer's.
 */
export class ConsumerFetches {
  readonly memory = new FetchMemory()
  readonly #cluster: Cluster
  readonly #settings: FetchOptions
  readonly #doorbell: ConsumerDoorbell
  readonly #apis: ReturnType<typeof fetchApis>
  readonly #lookups: LeaderLookups
  readonly #lanes = new FetchLanes(`fetch ${++consumerCount}`)
  /** Those of the client that have partitions. */
  readonly #inUse: Set<ConsumerFetches>
  /** In the order of service: those that were given something come last. */
  readonly #logs = new Map<string, FetchEntry>()
  #isRoundDue = false
  #timer: ClockTimer | null = null

  constructor(
    cluster: Cluster,
    settings: FetchOptions,
    doorbell: ConsumerDoorbell,
    inUse = new Set<ConsumerFetches>(),
  ) {
    this.#inUse = inUse
    this.#cluster = cluster
    this.#settings = settings
    this.#doorbell = doorbell
    this.#apis = fetchApis(cluster.kafka)
    this.#lookups = new LeaderLookups(cluster, settings.isolationLevel)
  }

  get isEmpty(): boolean {
    return this.#logs.size === 0
  }

  add(log: FetchedLog, topicId: string): void {
    this.#logs.set(partitionKey(log.at), new FetchEntry(log, topicId))
    this.#inUse.add(this)
  }

  /** Its topic is gone, as this client knows before a fetch says so: what was fetched of it is gone as well. */
  onTopicDeleted(topic: string): void {
    for (const { log } of this.#logs.values()) if (log.at.topic === topic) log.setDeleted()
    this.#doorbell.ring()
  }

  /** Fetches nothing more of it. */
  remove(log: FetchedLog): void {
    const key = partitionKey(log.at)
    if (this.#logs.get(key)?.log === log) this.#logs.delete(key)
    if (this.#logs.size > 0) return
    this.#inUse.delete(this)
    if (this.#timer !== null) this.#cluster.clock.clearTimer(this.#timer)
    this.#timer = null
    for (const lane of this.#lanes.busy()) this.#close(lane)
  }

  /** Something may be wanted: what that is is looked at when the caller is done. */
  schedule(): void {
    if (this.#isRoundDue) return
    this.#isRoundDue = true
    setMicrotask(() => {
      this.#isRoundDue = false
      if (this.#cluster.closedError() === null) this.#beginRound()
    })
  }

  #beginRound(): void {
    const { maxBytes, maxPartitionBytes } = this.#settings
    const nowMs = this.#cluster.clock.nowMs()
    let buffered = 0
    for (const { log } of this.#logs.values()) buffered += log.bufferedBytes
    if (buffered >= maxBytes && buffered > 0) return
    const round = new FetchRound(this.#settings, Math.max(maxBytes - buffered, 1))
    for (const entry of this.#logs.values()) {
      if (!entry.isWanted(maxPartitionBytes)) continue
      if (entry.retryAtMs > nowMs) {
        this.#wakeAt(entry.retryAtMs)
        continue
      }
      const leader = this.#cluster.metadata.knownLeader(entry.log.at.topic, entry.log.at.partition)
      if (leader === null || entry.isLeaderStale) this.#lookUp(entry)
      else round.add(entry, leader)
    }
    for (const [nodeId, asked] of round.byLeader) {
      const lane = this.#lanes.take(nodeId)
      if (lane !== null) void this.#fetch(lane, round, asked)
    }
  }

  async #fetch(lane: FetchLane, round: FetchRound, entries: readonly FetchEntry[]): Promise<void> {
    const { nodeId, name, session } = lane
    const question = round.questionOf(entries)
    const request = { ...question, ...session.next(question.topics) }
    const asked = entries.map((entry) => entry.ask())
    const options = { lane: name, longestWaitMs: request.maxWaitMs, isBackground: true }
    try {
      const response = await this.#cluster.connections.request(
        nodeId,
        this.#apis,
        [request],
        options,
      )
      if (!session.accept(response)) return // the next round asks again, for all of them
      if (response.errorCode !== 0) throw errorOfNumber(response.errorCode)
      const byPartition = byNameAndId(asked)
      for (const fetched of response.partitions) {
        const one = byPartition.get(partitionKey(fetched))
        if (one !== undefined) this.#accept(one, fetched)
      }
    } catch (error) {
      session.lose()
      // Whatever it was, the leader may be another by now; unless nothing will mend it.
      const isLasting = RinglogError.is(error) && isLastingError(error)
      for (const { entry, isCurrent } of asked) {
        if (!isLasting) this.#doLater(entry)
        else if (isCurrent) entry.log.fail(error)
      }
      if (isLasting) this.#doorbell.ring()
    } finally {
      lane.isBusy = false
      for (const one of asked) one.entry.endAsking(one)
      if (this.#logs.size > 0) this.schedule()
      else this.#close(lane)
    }
  }

  #accept(one: FetchAsked, fetched: FetchedPartition): void {
    const { entry } = one
    const { log } = entry
    const isCommitted = this.#settings.isolationLevel === 'read_committed'
    const { errorCode, highWatermark, lastStableOffset, logStartOffset } = fetched
    // Whoever reads from elsewhere by now hears of them as well: a session tells of what has changed once.
    if (errorCode === 0) {
      log.setBounds({ logStartOffset, endOffset: isCommitted ? lastStableOffset : highWatermark })
    }
    if (!one.isCurrent) return
    if (errorCode !== 0) return this.#fail(entry, errorCode)
    if (fetched.divergingOffset >= 0) {
      log.truncate(fetched.divergingOffset)
    } else if (fetched.records.length > 0) {
      const aborted = isCommitted ? fetched.abortedTransactions : []
      log.accept(copyFetchedBatches(log.at, log.fetchOffset, fetched.records, this.memory, aborted))
      this.#putLast(entry)
    } else return
    this.#doorbell.ring()
  }

  #fail(entry: FetchEntry, errorCode: number): void {
    const kind = fetchErrorKind(errorCode)
    if (kind === 'outOfRange') {
      this.#lookUpBounds(entry)
    } else if (kind === 'otherLeader') {
      this.#doLater(entry)
    } else {
      const { topic, partition } = entry.log.at
      entry.log.fail(
        errorAbout(`a fetch from ${partitionName(topic, partition)}`, errorCode, null, {
          topic,
          partition,
        }),
      )
      this.#doorbell.ring()
    }
  }

  /** Asks the cluster who the leader is; or finds that there is no such partition any more. */
  #lookUp(entry: FetchEntry): void {
    this.#whileBusy(entry, async () => {
      const outcome = await this.#lookups.leader(entry.log.at, entry.topicId)
      entry.isLeaderStale = false
      if (outcome === 'deleted') {
        entry.log.setDeleted()
        this.#doorbell.ring()
      } else if (outcome === 'unknown') {
        this.#doLater(entry)
      }
    })
  }

  /** A position is out of range: the reset rule needs to know where the log begins and ends. */
  #lookUpBounds(entry: FetchEntry): void {
    const { generation } = entry.log
    this.#whileBusy(entry, async () => {
      const bounds = await this.#lookups.bounds(entry.log.at)
      if (bounds === null) return this.#doLater(entry)
      if (entry.log.generation !== generation) return
      entry.log.setBounds(bounds)
      entry.log.endOutOfRange()
      this.#doorbell.ring()
    })
  }

  #whileBusy(entry: FetchEntry, work: () => Promise<void>): void {
    entry.busy++
    void work().finally(() => {
      entry.busy--
      this.schedule()
    })
  }

  #doLater(entry: FetchEntry): void {
    const { clock, metadata, config } = this.#cluster
    metadata.markStale(entry.log.at.topic)
    entry.isLeaderStale = true
    entry.retryAtMs = clock.nowMs() + config.retryBackoffMs
  }

  #wakeAt(atMs: number): void {
    if (this.#timer !== null) return
    const { clock } = this.#cluster
    this.#timer = clock.setTimer(
      () => {
        this.#timer = null
        this.schedule()
      },
      Math.max(1, Math.ceil(atMs - clock.nowMs())),
    )
    this.#timer.unref()
  }

  #putLast(entry: FetchEntry): void {
    const key = partitionKey(entry.log.at)
    if (this.#logs.get(key) !== entry) return
    this.#logs.delete(key)
    this.#logs.set(key, entry)
  }

  /** Its session goes with it. */
  #close({ nodeId, name, session }: FetchLane): void {
    session.lose()
    this.#cluster.connections.closeLane(nodeId, name)
  }
}

/** What was asked for, by either of the names that a broker may give a partition's topic. */
function byNameAndId(asked: readonly FetchAsked[]): ReadonlyMap<string, FetchAsked> {
  const byPartition = new Map<string, FetchAsked>()
  for (const one of asked) {
    const { log, topicId } = one.entry
    byPartition.set(partitionKey(log.at), one)
    byPartition.set(partitionKey({ topic: topicId, partition: log.at.partition }), one)
  }
  return byPartition
}

let consumerCount = 0
