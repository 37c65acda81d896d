import {
  Doorbell,
  GateView,
  RingLogReader,
  RinglogError,
  RpcClient,
  createGateMemory,
  createRingLogMemory,
  entryUrl,
  partitionName,
  threadProgram,
} from '@ringlog/core/internal'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { ResolvedClusterConfig } from '../cluster-config.ts'
import type {
  FollowedMemory,
  FollowerControl,
  FollowerStart,
  ReaderRequest,
} from './follower-messages.ts'
import { NOT_HELD } from './followed-ring.ts'
import { FollowerWords } from './follower-words.ts'

/**
 * Starts and owns the thread that follows one partition. However that ends, its ring is over then, and its readers are
 * rung.
 *
 * Thread: the hub's.
 */
export class FollowerHost {
  readonly #memory: Omit<FollowedMemory, 'gate'>
  readonly #words: FollowerWords
  readonly #ring: RingLogReader
  readonly #worker: Worker
  readonly #rpc: RpcClient<FollowerControl>
  readonly #readers = new Map<string, Doorbell>()
  readonly #onEnd: () => void
  #idleTimer: NodeJS.Timeout | null = null

  /** @param onEnd Called once its thread has ended, or is about to, with nobody reading. */
  constructor(config: ResolvedClusterConfig, request: ReaderRequest, onEnd: () => void) {
    const { topic, topicId, partition, isolationLevel, startOffset, leaderEpoch, bounds } = request
    this.#onEnd = onEnd
    this.#words = FollowerWords.create(bounds, leaderEpoch)
    this.#memory = {
      ring: createRingLogMemory(config.follow!.ringBytes, { endOffset: startOffset }),
      words: this.#words.memory,
      followerDoorbell: new Doorbell().memory,
    }
    this.#ring = new RingLogReader(this.#memory.ring)
    const name = partitionName(topic, partition)
    const { port1, port2 } = new MessageChannel()
    const at = { topic, topicId, partition, isolationLevel }
    const workerData: FollowerStart = { ...at, config, memory: this.#memory, port: port2 }
    const options = { eval: true, name: `follower-${name}`, workerData, transferList: [port2] }
    this.#worker = new Worker(threadProgram(followerUrl()), options)
    this.#rpc = new RpcClient<FollowerControl>(port1, {
      name: `the follower of ${name}`,
      lostError: () =>
        new RinglogError('WORKER_CRASHED', `the thread that follows ${name} has ended`, {
          details: { topic, partition },
        }),
    })
    this.#worker.on('error', () => undefined) // its end says it
    this.#worker.on('exit', () => this.#onExit())
  }

  /** Whether a reader that begins at `offset` is served by it: what nobody reads any more may stand elsewhere. */
  mayServe(offset: number): boolean {
    if (this.#words.isOver) return false
    return (
      this.#readers.size > 0 ||
      (offset >= this.#ring.logStartOffset && offset <= this.#ring.endOffset)
    )
  }

  /** Gives a reader what it reads from, though its thread may still have to begin. */
  openReader({ readerId, startOffset, doorbell, isGating }: ReaderRequest): FollowedMemory {
    const gate = isGating ? createGateMemory() : null
    const isBehind = startOffset < this.#ring.logStartOffset
    if (gate !== null) new GateView(gate).committedWord = isBehind ? NOT_HELD : startOffset // INV-31
    this.#readers.set(readerId, new Doorbell(doorbell))
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer = null
    this.#tell('openReader', { readerId, doorbell, gate })
    return { ...this.#memory, gate }
  }

  closeReader(readerId: string): void {
    if (!this.#readers.delete(readerId)) return
    this.#tell('closeReader', readerId)
    if (this.#readers.size === 0) this.#idleTimer ??= setTimeout(() => this.end(), LINGER_MS)
  }

  /** Nobody reads: its thread ends. */
  end(): void {
    this.#onEnd()
    this.#tell('close')
  }

  /** Its thread does it once it has begun; one that has ended need not. */
  #tell<Name extends keyof FollowerControl>(
    method: Name,
    ...args: Parameters<FollowerControl[Name]>
  ): void {
    this.#rpc.call(method, args, { deadlineMs: Infinity }).catch(() => undefined)
  }

  #onExit(): void {
    this.#rpc.close()
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#words.setOver() // INV-187: its only writer has ended
    for (const doorbell of this.#readers.values()) doorbell.ringUnconditionally() // INV-11
    this.#onEnd()
  }
}

function followerUrl(): string {
  return entryUrl({
    specifier: '@ringlog/kafka-cluster/follower-thread',
    option: 'connectCluster()',
    given: null,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
}

/** How long a follower stays that nobody reads: a rebalance lets partitions go before they are opened again. */
const LINGER_MS = 5_000
