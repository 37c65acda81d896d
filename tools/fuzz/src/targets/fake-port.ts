import { EventEmitter } from 'node:events'
import type { MessagePort } from 'node:worker_threads'

/** One end of a channel whose other end is the fuzzer: what is posted is cloned, as a real port does. */
export class FakePort extends EventEmitter {
  readonly #onPosted: (message: unknown) => void

  constructor(onPosted: (message: unknown) => void) {
    super()
    this.#onPosted = onPosted
  }

  /** It has of a port what RPC uses of one. */
  get port(): MessagePort {
    return this as unknown as MessagePort
  }

  postMessage(message: unknown, transfer: ArrayBuffer[] = []): void {
    this.#onPosted(structuredClone(message, { transfer }))
  }

  receive(message: unknown): void {
    this.emit('message', message)
  }

  ref(): void {}

  unref(): void {}

  close(): void {}
}
