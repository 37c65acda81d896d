import { readdirSync } from 'node:fs'
import type { LogClient } from 'ringlog'
import type { Tallies } from './load/tallies.ts'

/** What was measured in one second. */
export interface Sample {
  /** Since the load began. */
  readonly second: number
  readonly rssBytes: number
  /** Of the main thread. */
  readonly heapBytes: number
  readonly externalBytes: number
  /** What keeps the main thread's event loop alive. */
  readonly handles: number
  /** Of the process, as the system sees them; 0 where it does not say. */
  readonly threads: number
  readonly fileDescriptors: number
  /** Connections to the broker, and within its partitions those of producers, of readers, and gates. */
  readonly clients: number
  readonly connections: number
  readonly gates: number
  /** Of all log files; 0 where topics are in memory. */
  readonly diskBytes: number
  /** How often topics were compacted, since the load began. */
  readonly compactions: number
  /** Records that groups have not committed yet. */
  readonly lag: number
  /** Records in this second. */
  readonly acknowledged: number
  readonly consumed: number
  readonly failed: number
  /** Partition workers that were started again, since the load began. */
  readonly restarts: number
}

/** Takes a sample of this process and its broker; rates are since the one before. */
export class Sampler {
  readonly #client: LogClient
  readonly #tallies: Tallies
  readonly #groups: ReadonlyArray<readonly [topic: string, groupId: string]>
  readonly #startMs = performance.now()
  #lastMs = this.#startMs
  #last = { acknowledged: 0, consumed: 0, failed: 0 }

  constructor(
    client: LogClient,
    tallies: Tallies,
    groups: ReadonlyArray<readonly [topic: string, groupId: string]>,
  ) {
    this.#client = client
    this.#tallies = tallies
    this.#groups = groups
  }

  async take(): Promise<Sample> {
    const nowMs = performance.now()
    const seconds = (nowMs - this.#lastMs) / 1000
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
    const handles = process.getActiveResourcesInfo().length
    const counted = {
      acknowledged: this.#tallies.count('acknowledged'),
      consumed: this.#tallies.count('consumed') + this.#tallies.count('handled'),
      failed: this.#tallies.count('failed'),
    }
    const perSecond = (tally: keyof typeof counted): number =>
      Math.round((counted[tally] - this.#last[tally]) / seconds)
    const rates = {
      acknowledged: perSecond('acknowledged'),
      consumed: perSecond('consumed'),
      failed: perSecond('failed'),
    }
    this.#last = counted
    this.#lastMs = nowMs
    const { topics, clientCount } = await this.#client.metrics()
    const partitions = topics.flatMap((topic) => topic.partitions)
    const sum = (of: (partition: (typeof partitions)[number]) => number): number =>
      partitions.reduce((total, partition) => total + of(partition), 0)
    return {
      second: Math.round((nowMs - this.#startMs) / 1000),
      rssBytes: rss,
      heapBytes: heapUsed,
      externalBytes: external + arrayBuffers,
      handles,
      threads: entriesOf('/proc/self/task'),
      fileDescriptors: entriesOf('/proc/self/fd'),
      clients: clientCount,
      connections: sum(({ producerCount, readerCount }) => producerCount + readerCount),
      gates: sum(({ gateCount }) => gateCount),
      diskBytes: sum(({ disk }) => disk?.sizeBytes ?? 0),
      compactions: sum(({ disk }) => disk?.compaction?.roundCount ?? 0),
      lag: await this.#lag(),
      restarts: sum(({ restarts }) => restarts),
      ...rates,
    }
  }

  async #lag(): Promise<number> {
    let lag = 0
    for (const [topic, groupId] of this.#groups) {
      for (const partition of await this.#client.offsets(topic, groupId)) lag += partition.lag
    }
    return lag
  }
}

function entriesOf(folder: string): number {
  try {
    return readdirSync(folder).length
  } catch {
    return 0
  }
}
