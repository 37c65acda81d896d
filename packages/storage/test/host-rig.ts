import { Doorbell } from '@ringlog/core/internal/storage'
import type { TopicConfig } from '@ringlog/core'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  StorageHost,
  storageThreadUrl,
  cleanerUrl,
  syncThreadUrl,
  type OpenedPartition,
  type StorageEvent,
} from '@ringlog/storage'
import { TOPIC_ID, diskConfig, type Leader } from './storage-thread/ring-rig.ts'

const PARTITION = { topic: 'orders', partition: 0 }

/** A host, whose threads are the real ones, and one partition. */
export class HostRig {
  readonly events: StorageEvent[] = []
  readonly host: StorageHost
  readonly workerDoorbell = new Doorbell()
  readonly #dataDirectory: string

  constructor(
    dataDirectory: string,
    {
      storageThread = storageThreadUrl(null),
      syncThread = syncThreadUrl(null),
      cleaner = cleanerUrl(null),
    }: { storageThread?: string; syncThread?: string; cleaner?: string } = {},
  ) {
    this.#dataDirectory = dataDirectory
    this.host = new StorageHost(
      {
        dataDirectory,
        syncThreads: 2,
        storageThreadUrl: storageThread,
        syncThreadUrl: syncThread,
        cleanerUrl: cleaner,
      },
      (event) => this.events.push(event),
    )
    // What a test closes itself may fail, and it sees that.
    onTestFinished(() => this.close().catch(() => undefined))
  }

  async open(config: TopicConfig = {}): Promise<OpenedPartition> {
    await this.host.openDirectory()
    return this.openPartition(config)
  }

  openPartition(config: TopicConfig = {}): Promise<OpenedPartition> {
    return this.host.openPartition({
      ...PARTITION,
      topicId: TOPIC_ID,
      config: diskConfig(config),
      truncateCorrupt: false,
    })
  }

  /** Follows a leader's ring; gives what rings the storage thread. */
  async follow(leader: Leader): Promise<Doorbell> {
    await this.host.follow({
      ...PARTITION,
      memory: leader.memory,
      workerDoorbell: this.workerDoorbell.memory,
    })
    return new Doorbell(this.host.doorbell)
  }

  deleteRecords(beforeOffset: number): Promise<number> {
    return this.host.deleteRecords(PARTITION, beforeOffset)
  }

  deletePartition(): Promise<void> {
    return this.host.deletePartition(PARTITION)
  }

  close(): Promise<void> {
    return this.host.close(Infinity)
  }

  /** What all `.log` files hold, one after the other. */
  get files(): Buffer {
    return logFilesOf(this.#dataDirectory)
  }
}

export function logFilesOf(dataDirectory: string): Buffer {
  const folder = join(dataDirectory, 'orders-0')
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return Buffer.concat(names.sort().map((name) => readFileSync(join(folder, name))))
}
