/** A service for the tests of RPC, in a thread of its own; ends when it is told to. */
import { RinglogError, serveRpc, withTransfer } from '@ringlog/core/internal'
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

export class EchoService {
  #order: number[] = []

  echo<T>(value: T): T {
    return value
  }

  async later(value: number, ms: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return value
  }

  note(value: number): number[] {
    this.#order.push(value)
    return this.#order
  }

  throwOurs(): void {
    throw new RinglogError('OFFSET_OUT_OF_RANGE', 'offset 7 is gone', {
      details: { offset: 7, nested: { list: [1, 2] } },
      cause: new RinglogError('CORRUPT_MESSAGE', 'deep down', { cause: new TypeError('deeper') }),
    })
  }

  async throwOther(): Promise<void> {
    throw new RangeError('not ours')
  }

  never(): Promise<void> {
    return new Promise(() => undefined)
  }

  bounce(buffer: ArrayBuffer): { buffer: ArrayBuffer } {
    return withTransfer({ buffer }, [buffer])
  }

  endThread(): never {
    process.exit(3)
  }
}

serveRpc(workerData as MessagePort, new EchoService())
parentPort?.unref()
