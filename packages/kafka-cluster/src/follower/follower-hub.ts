import { partitionName, serveRpc } from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import type { ResolvedClusterConfig } from '../cluster-config.ts'
import { FollowerHost } from './follower-host.ts'
import type { FollowerService, ReaderRequest } from './follower-messages.ts'

/**
 * Which partitions are followed for the clients of this process: one thread for each, whoever reads it. What a client
 * has open ends with its port, however its thread has ended (INV-189).
 *
 * Thread: the hub's.
 */
export class FollowerHub {
  readonly #config: ResolvedClusterConfig
  readonly #onUnused: () => void
  readonly #followers = new Map<string, FollowerHost>()
  #clients = 0

  /** @param onUnused Called when the last client is gone. */
  constructor(config: ResolvedClusterConfig, onUnused: () => void) {
    this.#config = config
    this.#onUnused = onUnused
  }

  /** Serves a client on a port of its own. */
  connect(port: MessagePort): void {
    const readers = new Map<string, FollowerHost>()
    let lifeline: MessagePort | null = null
    const close = (readerId: string): void => {
      readers.get(readerId)?.closeReader(readerId)
      readers.delete(readerId)
    }
    const service: FollowerService = {
      greet: (given) => {
        lifeline = given
        given.unref()
      },
      openReader: (request) => {
        const follower = this.#followerFor(request)
        readers.set(request.readerId, follower)
        return follower.openReader(request)
      },
      closeReader: close,
    }
    this.#clients++
    serveRpc(port, service)
    port.on('close', () => {
      for (const readerId of readers.keys()) close(readerId) // INV-189
      lifeline?.close()
      if (--this.#clients === 0) this.#onUnused()
    })
  }

  #followerFor(request: ReaderRequest): FollowerHost {
    const { topic, topicId, partition, isolationLevel, startOffset } = request
    const key = `${topicId} ${isolationLevel} ${partitionName(topic, partition)}`
    const present = this.#followers.get(key)
    if (present?.mayServe(startOffset) === true) return present
    present?.end()
    const started: FollowerHost = new FollowerHost(this.#config, request, () => {
      if (this.#followers.get(key) === started) this.#followers.delete(key)
    })
    this.#followers.set(key, started)
    return started
  }
}
