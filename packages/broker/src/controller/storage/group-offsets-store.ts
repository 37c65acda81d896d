import {
  partitionKey,
  type Clock,
  type ClockTimer,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { GroupRecord, MetadataRecord, OffsetRecord } from '@ringlog/storage'

/** Commits that nobody waits for are on disk after so long. */
const STORE_INTERVAL_MS = 1_000

/**
 * Keeps on disk what groups have committed on topics on disk. A commit is a store in shared memory: this compares what
 * is there with what it has written last, and writes the difference: every second, and for who waits for it. Those
 * who come while a write is under way share the next one.
 *
 * Thread: the controller's.
 */
export class GroupOffsetsStore {
  readonly #options: GroupOffsetsStoreOptions
  readonly #written = new Map<string, WrittenGroup>()
  /** Groups of which there may be something to write. */
  readonly #changed = new Set<string>()
  /** Those who wait for the next write; `null`: nobody. */
  #nextWrite: PromiseWithResolvers<void> | null = null
  #isWriting = false
  /** Whether the last write that nobody waited for has failed: that was told. */
  #isFailing = false
  #timer: ClockTimer | null = null

  constructor(options: GroupOffsetsStoreOptions) {
    this.#options = options
  }

  /** Begins to write every second. What a former broker has written of groups that are no more is taken away. */
  start(groups: readonly GroupRecord[], offsets: readonly OffsetRecord[]): void {
    for (const { groupId, unusedSinceMs } of groups) {
      this.#writtenOf(groupId).unusedSinceMs = unusedSinceMs
    }
    for (const offset of offsets) {
      this.#writtenOf(offset.groupId).offsets.set(partitionKey(offset), offset)
    }
    this.#schedule()
  }

  /**
   * Resolves once what a group has committed by now is written; synced as well where the topic syncs each record.
   * Rejects with KAFKA_STORAGE_ERROR where it could not be: it is tried again every second.
   */
  store(groupId: string): Promise<void> {
    this.#changed.add(groupId)
    return this.#write()
  }

  /** As `store`, of all groups. */
  storeAll(): Promise<void> {
    for (const groupId of this.#options.groupIds()) this.#changed.add(groupId)
    for (const groupId of this.#written.keys()) this.#changed.add(groupId)
    return this.#changed.size === 0 && !this.#isWriting ? Promise.resolve() : this.#write()
  }

  /** Writes nothing more by itself. */
  stop(): void {
    if (this.#timer !== null) this.#options.clock.clearTimer(this.#timer)
    this.#timer = null
  }

  #schedule(): void {
    const { clock } = this.#options
    this.#timer = clock.setTimer(() => {
      void this.#storeUnasked()
      this.#schedule()
    }, STORE_INTERVAL_MS)
    this.#timer.unref()
  }

  async #storeUnasked(): Promise<void> {
    try {
      await this.storeAll()
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) this.#options.onError(error)
      this.#isFailing = true
    }
  }

  #write(): Promise<void> {
    this.#nextWrite ??= Promise.withResolvers()
    const { promise } = this.#nextWrite
    if (!this.#isWriting) void this.#writeAll()
    return promise
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    while (this.#nextWrite !== null) {
      const { resolve, reject } = this.#nextWrite
      this.#nextWrite = null
      await this.#writeChanged().then(resolve, reject)
    }
    this.#isWriting = false
  }

  async #writeChanged(): Promise<void> {
    const changes = [...this.#changed].map((groupId) => this.#changeOf(groupId))
    this.#changed.clear()
    const records = changes.flatMap((change) => change.records)
    if (records.length === 0) return
    const isSynced = changes.some((change) => change.isSynced)
    await this.#options.append(records, isSynced)
    for (const { groupId, now } of changes) {
      if (now === null) this.#written.delete(groupId)
      else this.#written.set(groupId, now)
    }
  }

  #changeOf(groupId: string): GroupChange {
    const before = this.#written.get(groupId) ?? {
      unusedSinceMs: NEVER_WRITTEN,
      offsets: NO_OFFSETS,
    }
    const group = this.#options.storedGroup(groupId)
    const commitTimestampMs = this.#options.clock.wallMs()
    const records: MetadataRecord[] = []
    const offsets = new Map<string, StoredOffset>()
    let isSynced = false
    for (const stored of group?.offsets ?? []) {
      const { topic, partition, offset, metadata } = stored
      const key = partitionKey(stored)
      offsets.set(key, stored)
      const former = before.offsets.get(key)
      if (former?.offset === offset && former.metadata === metadata) continue
      records.push({
        type: 'offset',
        groupId,
        topic,
        partition,
        offset,
        metadata,
        commitTimestampMs,
      })
      isSynced ||= stored.isSynced
    }
    for (const [key, { topic, partition }] of before.offsets) {
      if (offsets.has(key)) continue
      records.push({ type: 'offsetRemoved', groupId, topic, partition })
      isSynced = true // who deletes is told when it is done for good
    }
    if (group === null || offsets.size === 0) {
      if (before.unusedSinceMs !== NEVER_WRITTEN) records.push({ type: 'groupRemoved', groupId })
      return { groupId, records, isSynced, now: null }
    }
    const { unusedSinceMs } = group
    if (before.unusedSinceMs !== unusedSinceMs)
      records.push({ type: 'group', groupId, unusedSinceMs })
    return { groupId, records, isSynced, now: { unusedSinceMs, offsets } }
  }

  #writtenOf(groupId: string): WrittenGroup {
    let written = this.#written.get(groupId)
    if (written === undefined) {
      written = { unusedSinceMs: NEVER_WRITTEN, offsets: new Map() }
      this.#written.set(groupId, written)
    }
    return written
  }
}

/** Instead of a group's `unusedSinceMs`: there is no record of it. */
const NEVER_WRITTEN = -1
const NO_OFFSETS: ReadonlyMap<string, WrittenOffset> = new Map()

export interface GroupOffsetsStoreOptions {
  readonly clock: Clock
  readonly groupIds: () => Iterable<string>
  /** What is to be kept of a group now; `null`: nothing. */
  readonly storedGroup: (groupId: string) => StoredGroup | null
  /** Resolves when the records are written; where `isSynced`, when they would survive the loss of power. */
  readonly append: (records: readonly MetadataRecord[], isSynced: boolean) => Promise<void>
  /** Called with what the writes that nobody waits for were rejected with. */
  readonly onError: (error: unknown) => void
}

/** What is kept of a group. */
export interface StoredGroup {
  /** Milliseconds since 1970; `null`: it is in use. */
  readonly unusedSinceMs: number | null
  readonly offsets: readonly StoredOffset[]
}

/** What a group has committed on a partition on disk. */
export interface StoredOffset extends TopicPartition {
  readonly offset: number
  readonly metadata: string
  /** Whether the topic syncs each record before it is acknowledged. */
  readonly isSynced: boolean
}

type WrittenOffset = Pick<StoredOffset, 'topic' | 'partition' | 'offset' | 'metadata'>

interface WrittenGroup {
  unusedSinceMs: number | null
  readonly offsets: Map<string, WrittenOffset>
}

/** What is to be written of a group; it then stands as `now` on disk. */
interface GroupChange {
  readonly groupId: string
  readonly records: readonly MetadataRecord[]
  readonly isSynced: boolean
  readonly now: WrittenGroup | null
}
