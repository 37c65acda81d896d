import {
  Lifeline,
  RinglogError,
  RpcClient,
  entryUrl,
  monotonicMs,
  threadProgram,
  withTransfer,
} from '@ringlog/core/internal'
import { createHash, randomUUID } from 'node:crypto'
import workerThreads, {
  MessageChannel,
  Worker,
  getEnvironmentData,
  setEnvironmentData,
  type MessagePort,
} from 'node:worker_threads'
import type { ResolvedClusterConfig } from '../cluster-config.ts'
import { FollowedRing } from './followed-ring.ts'
import {
  CONNECT_TO_HUB,
  type ConnectToHub,
  type FollowerService,
  type HubStart,
  type ReaderRequest,
} from './follower-messages.ts'

/**
 * A client's way to the followers of its process: their hub is the one that an earlier client of the same
 * configuration has started, in this thread or in one that has started it, or else a new one.
 *
 * Thread: the client's.
 */
export class FollowerLink {
  readonly #rpc: RpcClient<FollowerService>
  readonly #listeners = new Set<() => void>()
  #lifeline: Lifeline | null = null
  #isCut = false

  /** @throws RinglogError WORKER_CRASHED, REQUEST_TIMED_OUT where a hub could not be started. */
  static open(config: ResolvedClusterConfig): Promise<FollowerLink> {
    const opened = opening.then(() => connectToHub(config))
    opening = opened.catch(() => undefined)
    return opened
  }

  /** @param port The hub has the other end, or is about to be given it. */
  constructor(port: MessagePort) {
    this.#rpc = new RpcClient<FollowerService>(port, { name: 'the thread of followers', lostError })
    port.on('close', () => {
      for (const listener of this.#listeners) listener()
    })
  }

  /** Whether the hub has ended, and all followers with it. */
  get isLost(): boolean {
    return this.#isCut || this.#rpc.isLost
  }

  /** Looks whether it has ended, for a thread that blocks, and so receives no message of that. */
  noticeEnd(): void {
    this.#isCut ||= this.#lifeline?.isCut === true
  }

  /** Calls `listener` when the hub has ended; until the returned function is called. */
  onLost(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  greet(deadlineMs: number): Promise<void> {
    const { lifeline, otherEnd } = Lifeline.create()
    this.#lifeline = lifeline
    return this.#rpc.call('greet', [withTransfer(otherEnd, [otherEnd])], { deadlineMs })
  }

  /** Keeps this thread alive until the returned function is called. */
  hold(): () => void {
    return this.#rpc.hold()
  }

  /** `null`: there is no follower to be had; the reader then fetches by itself. */
  async openReader(request: ReaderRequest): Promise<FollowedRing | null> {
    try {
      return new FollowedRing(await this.#rpc.call('openReader', [request]))
    } catch {
      this.closeReader(request.readerId) // it may have been opened all the same
      return null
    }
  }

  closeReader(readerId: string): void {
    this.#rpc.call('closeReader', [readerId], { isBackground: true }).catch(() => undefined)
  }

  close(): void {
    this.#rpc.close()
    this.#lifeline?.close()
  }
}

/** One at a time in this thread, so that the next finds the hub that the one before has started. */
let opening: Promise<unknown> = Promise.resolve()

async function connectToHub(config: ResolvedClusterConfig): Promise<FollowerLink> {
  // It is found by threads that this one, or one of those, starts from now on.
  const key = HUB_KEY + createHash('sha256').update(JSON.stringify(config)).digest('hex')
  const known = getEnvironmentData(key) as unknown as HubAddress | undefined
  const found = known === undefined ? null : await connectTo(known)
  if (found !== null) return found
  const { port1, port2 } = new MessageChannel()
  const address = startHub({ hubId: randomUUID(), config, port: port2 })
  const link = new FollowerLink(port1)
  try {
    await link.greet(monotonicMs() + CONNECT_TIMEOUT_MS)
  } catch (error) {
    link.close()
    throw error
  }
  setEnvironmentData(key, address)
  return link
}

/** Where a hub is to be found in this process. */
interface HubAddress {
  readonly hubId: string
  readonly threadId: number
}

/** `null`: that hub has ended. */
async function connectTo({ hubId, threadId }: HubAddress): Promise<FollowerLink | null> {
  const { port1, port2 } = new MessageChannel()
  const link = new FollowerLink(port1)
  const message: ConnectToHub = { type: CONNECT_TO_HUB, hubId, port: port2 }
  try {
    // Not imported by name: a Node.js that lacks it could not link this, and would not say what it needs.
    const sent = workerThreads.postMessageToThread(threadId, message, [port2], CONNECT_TIMEOUT_MS)
    await Promise.all([sent, link.greet(monotonicMs() + CONNECT_TIMEOUT_MS)])
    return link
  } catch {
    link.close()
    return null
  }
}

function startHub(start: HubStart): HubAddress {
  const url = entryUrl({
    specifier: '@ringlog/kafka-cluster/hub-thread',
    option: 'connectCluster()',
    given: null,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
  const options = { eval: true, name: 'followers', workerData: start, transferList: [start.port] }
  const worker = new Worker(threadProgram(url), options)
  worker.on('error', () => undefined) // its ports close
  worker.unref()
  return { hubId: start.hubId, threadId: worker.threadId }
}

function lostError(): RinglogError {
  return new RinglogError('WORKER_CRASHED', 'the thread of followers has ended')
}

const HUB_KEY = 'ringlog:followers '
/** Connecting passes through the main thread's event loop once. */
const CONNECT_TIMEOUT_MS = 10_000
