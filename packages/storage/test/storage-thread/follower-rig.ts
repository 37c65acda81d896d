import { VirtualClock } from '@ringlog/core/testing'
import { Doorbell, type StorageState } from '@ringlog/core/internal/storage'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TopicConfig } from '@ringlog/core'
import type { FileSystem } from '../../src/file-system/file-system.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { ChunkBuffer } from '../../src/storage-thread/chunk-buffer.ts'
import { PartitionFollower } from '../../src/storage-thread/partition-follower.ts'
import { SyncQueue, type SyncEnd, type SyncThread } from '../../src/storage-thread/sync-queue.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { Leader, TOPIC_ID, diskConfig } from './ring-rig.ts'

/** Syncs that end when the test says so, in the order in which they were asked for. */
export class ManualSyncs implements SyncThread {
  readonly asked: Array<readonly number[]> = []
  readonly hasAnswer = false
  #onEnd: SyncEnd | null = null

  sync(descriptors: readonly number[], onEnd: SyncEnd): void {
    this.asked.push(descriptors)
    this.#onEnd = onEnd
  }

  look(): void {}

  get isRunning(): boolean {
    return this.#onEnd !== null
  }

  /** Ends the sync that runs; resolves when all that comes of it has happened. */
  async end(error: Error | null = null): Promise<void> {
    const onEnd = this.#onEnd
    this.#onEnd = null
    onEnd!(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** An error of the system's, as `node:fs` throws it. */
export function systemError(code: string, syscall = 'write'): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected, ${syscall}`), { code, syscall })
}

/** A ring, and a follower of it that writes to a directory of its own. */
export class FollowerRig {
  readonly clock = new VirtualClock()
  readonly syncs = new ManualSyncs()
  readonly states: Array<[StorageState, string | null]> = []
  readonly workerDoorbell = new Doorbell()
  readonly dataDirectory: string
  readonly leader: Leader
  /** What fails or falls short of the operating system's calls. */
  readonly fileSystem: FileSystem = { ...nodeFileSystem }
  readonly config: ReturnType<typeof diskConfig>
  log!: SegmentedLog
  follower!: PartitionFollower

  constructor(config: TopicConfig = {}, leader = new Leader()) {
    this.config = diskConfig(config)
    this.leader = leader
    this.dataDirectory = temporaryDirectory()
    this.open()
  }

  /** Opens the files, and follows the ring from their end on. */
  open(): void {
    const { fileSystem, dataDirectory, clock, config } = this
    const { written, flushedOffset, logStartOffset } = this.leader.storage
    this.log = SegmentedLog.open({
      fileSystem,
      dataDirectory,
      topic: 'orders',
      partition: 0,
      topicId: TOPIC_ID,
      config,
      isClean: false,
      recoveryPoint: flushedOffset,
      logStartOffset,
      truncateCorrupt: false,
      writtenAtDeath: this.leader.appended.length > 0 ? written : undefined,
      onLogStart: (offset) => this.leader.storage.setLogStart(offset),
    })
    this.follower = new PartitionFollower({
      topic: 'orders',
      partition: 0,
      log: this.log,
      config,
      memory: this.leader.memory,
      workerDoorbell: this.workerDoorbell.memory,
      chunk: new ChunkBuffer(),
      syncs: new SyncQueue([this.syncs]),
      clock,
      onState: (state, error) => this.states.push([state, error?.message ?? null]),
    })
  }

  /** Does all that is due. */
  follow(): void {
    while (this.follower.isDue(this.clock.nowMs())) this.follower.step()
  }

  /** What all `.log` files hold, one after the other. */
  get files(): Buffer {
    const folder = join(this.dataDirectory, 'orders-0')
    const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
    return Buffer.concat(names.sort().map((name) => readFileSync(join(folder, name))))
  }
}
