import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'

/**
 * A port by which a thread that blocks can see that the thread at the other end has ended. Node.js closes
 * a thread's ports however it ends, also where none of its code runs any more, and so no word of shared
 * memory changes. Nothing is ever sent.
 *
 * Thread: the one that made it, or was given its port.
 */
export class Lifeline {
  readonly #port: MessagePort

  constructor(port: MessagePort) {
    this.#port = port
    port.unref()
  }

  /** A lifeline, and the port to give to the thread at its other end, which is to keep it. */
  static create(): { lifeline: Lifeline; otherEnd: MessagePort } {
    const { port1, port2 } = new MessageChannel()
    return { lifeline: new Lifeline(port1), otherEnd: port2 }
  }

  /**
   * Whether the thread at the other end has ended, or closed its end. It needs no turn of the event loop.
   *
   * Cost: some microseconds.
   */
  get isCut(): boolean {
    receiveMessageOnPort(this.#port) // takes in that the other end was closed
    // A port that is closed cannot be moved, which is found out before what goes along with it is
    // looked at. One that is open gets as far as the getter, which stops it: so it is never moved.
    let isOpen = false
    const stop = {
      get moved(): never {
        isOpen = true
        throw new Error('the port is open')
      },
    }
    try {
      structuredClone(stop, { transfer: [this.#port] })
    } catch {
      return !isOpen
    }
    return false
  }

  close(): void {
    this.#port.close()
  }
}
