import {
  Doorbell,
  MemberMemory,
  RinglogError,
  RpcClient,
  entryUrl,
  monotonicMs,
  threadProgram,
  type GroupSubscription,
  type TopicPartition,
} from '@ringlog/core/internal'
import { MessageChannel, Worker } from 'node:worker_threads'
import { isCloneable, type ResolvedClusterConfig } from '../cluster-config.ts'
import type { GroupThreadStart } from './group-thread.ts'
import type { MemberCall, MemberChange, MemberKeeper } from './member-call.ts'

/**
 * Starts and owns the thread that keeps the memberships of one client, with connections of its own: a member's
 * heartbeats leave however long its consumer's thread is busy.
 *
 * The thread is started by the first member, and does not keep the process alive. Should it end by itself, its members
 * are put out, as when their sessions had ended; the next that joins starts another.
 *
 * Thread: the client's.
 */
export class GroupThreadHost implements MemberKeeper {
  readonly #config: ResolvedClusterConfig
  readonly #members = new Map<string, MemberCall>()
  #thread: { readonly worker: Worker; readonly rpc: RpcClient<MemberKeeper> } | null = null

  /** Whether a thread can be given this configuration: it holds no functions, as those that give tokens. */
  static canServe(config: ResolvedClusterConfig): boolean {
    return isCloneable(config)
  }

  constructor(config: ResolvedClusterConfig) {
    this.#config = config
  }

  async join(call: MemberCall): Promise<MemberChange> {
    this.#thread ??= this.#start()
    const { rpc } = this.#thread
    this.#members.set(call.memberId, call)
    try {
      return await rpc.call('join', [call], NO_DEADLINE)
    } catch (error) {
      this.#members.delete(call.memberId)
      throw error
    }
  }

  reconcile(memberId: string, released: readonly TopicPartition[]): Promise<MemberChange> {
    return this.#rpc.call('reconcile', [memberId, released], NO_DEADLINE)
  }

  changeSubscription(memberId: string, subscription: GroupSubscription): Promise<MemberChange> {
    return this.#rpc.call('changeSubscription', [memberId, subscription], NO_DEADLINE)
  }

  async leave(memberId: string): Promise<void> {
    if (!this.#members.delete(memberId) || this.#thread === null) return
    await this.#thread.rpc.call('leave', [memberId], NO_DEADLINE)
  }

  /** Ends the thread. Members that have not left, because their client is in a hurry, leave now. */
  async close(): Promise<void> {
    const thread = this.#thread
    this.#thread = null
    if (this.#members.size > 0) {
      const limit = { deadlineMs: monotonicMs() + MAX_LEAVE_MS }
      await thread?.rpc.call('close', [], limit).catch(() => undefined) // their sessions end by themselves
      this.#members.clear()
    }
    thread?.rpc.close()
    await thread?.worker.terminate()
  }

  get #rpc(): RpcClient<MemberKeeper> {
    if (this.#thread !== null) return this.#thread.rpc
    throw lostError()
  }

  #start(): { readonly worker: Worker; readonly rpc: RpcClient<MemberKeeper> } {
    const url = entryUrl({
      specifier: '@ringlog/kafka-cluster/group-thread',
      option: 'connectCluster()',
      given: null,
      resolve: (specifier) => import.meta.resolve(specifier),
    })
    const { port1, port2 } = new MessageChannel()
    const workerData: GroupThreadStart = { config: this.#config, port: port2 }
    const options = { eval: true, name: 'groups', workerData, transferList: [port2] }
    const worker = new Worker(threadProgram(url), options)
    const rpc = new RpcClient<MemberKeeper>(port1, { name: 'the group thread', lostError })
    const thread = { worker, rpc }
    worker.on('error', () => undefined) // its end says it
    worker.on('exit', () => {
      if (this.#thread === thread) this.#onLost()
    })
    worker.unref()
    return thread
  }

  #onLost(): void {
    this.#thread?.rpc.close()
    this.#thread = null
    for (const { memberMemory, doorbellMemory } of this.#members.values()) {
      new MemberMemory(memberMemory).setFence('session', 0)
      new Doorbell(doorbellMemory).ringUnconditionally()
    }
    this.#members.clear()
  }
}

const MAX_LEAVE_MS = 1_000
/** Whoever waits for a group has deadlines of its own. */
const NO_DEADLINE = { deadlineMs: Infinity }

/** The member is none any more, and joins again. */
function lostError(): RinglogError {
  return new RinglogError('UNKNOWN_MEMBER_ID', 'the thread that kept the membership has ended')
}
