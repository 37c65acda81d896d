import type { MessagePort } from 'node:worker_threads'
import { systemClock, type Clock, type ClockTimer } from '../concurrent/system-clock.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { RemoteMethods } from './remote-methods.ts'

const DEFAULT_CALL_TIMEOUT_MS = 30_000

/**
 * Calls a service over a port of its own, through Comlink. What Comlink lacks is added here: no call
 * hangs. When the other thread ends or the port closes, every pending call rejects; every call has a
 * deadline; and the port keeps the thread alive exactly while a call is pending.
 *
 * Thread: the port's. Known traps of Comlink that this class is built around: a proxy that is
 * garbage-collected closes its port under its callers (comlink#692), see `RemoteMethods`; releasing a
 * proxy does not reject pending calls (comlink#601), so they are kept here.
 */
export class RpcClient<Service extends object> {
  readonly #port: MessagePort
  readonly #options: RpcClientOptions
  readonly #clock: Clock
  readonly #remote: RemoteMethods
  /** In the order of the calls. An array, because a Set would pile up garbage: see `RemoteMethods`. */
  readonly #pending: PendingCall[] = []
  #holds = 0
  #isLost = false

  constructor(port: MessagePort, options: RpcClientOptions) {
    this.#port = port
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#remote = new RemoteMethods(port)
    port.on('close', () => this.#onClose())
    port.unref()
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** Keeps the thread alive until the returned function is called. */
  hold(): () => void {
    if (this.#holds++ === 0) this.#port.ref()
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      if (--this.#holds === 0) this.#port.unref()
    }
  }

  /**
   * Calls a method; rejects with what it throws, whole.
   *
   * @throws RinglogError REQUEST_TIMED_OUT past the deadline (whether the call took effect is then
   *   unknown), `lostError` when the other end is gone; `signal.reason` when aborted.
   */
  call<Name extends keyof Service & string>(
    method: Name,
    args: Parameters<Methods<Service>[Name]>,
    options: CallOptions = {},
  ): Promise<Awaited<ReturnType<Methods<Service>[Name]>>> {
    type Answer = Awaited<ReturnType<Methods<Service>[Name]>>
    const clock = this.#clock
    const { callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS } = this.#options
    const { deadlineMs = clock.nowMs() + callTimeoutMs, signal } = options
    return new Promise<Answer>((resolve, reject) => {
      if (this.#isLost) return reject(this.#options.lostError())
      if (signal?.aborted === true) return reject(signal.reason as Error)

      const release = options.isBackground === true ? undefined : this.hold()
      let timer: ClockTimer | null = null
      const end = (): void => {
        const index = this.#pending.indexOf(pending)
        if (index < 0) return
        this.#pending.splice(index, 1)
        release?.()
        if (timer !== null) clock.clearTimer(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const pending: PendingCall = {
        reject: (error) => {
          end()
          reject(error)
        },
      }
      const onAbort = (): void => pending.reject(signal!.reason)
      const onTimer = (): void => {
        const leftMs = deadlineMs - clock.nowMs()
        if (leftMs <= 0) {
          // This thread may have been busy: answers that have come are taken in first.
          clock.setTurnEnd(() => pending.reject(this.#timedOut(method)))
          return
        }
        timer = clock.setTimer(onTimer, Math.ceil(leftMs))
        if (options.isBackground === true) timer.unref()
      }
      if (deadlineMs !== Infinity) onTimer()
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#pending.push(pending)

      this.#remote.call(method, args).then(
        (answer) => {
          end()
          resolve(answer as Answer)
        },
        (error: unknown) => pending.reject(error),
      )
    })
  }

  /** Closes the port; pending calls reject with `lostError`. */
  close(): void {
    this.#port.close()
    this.#onClose()
  }

  #timedOut(method: string): RinglogError {
    return new RinglogError(
      'REQUEST_TIMED_OUT',
      `${this.#options.name} did not answer in time: call=${method}`,
      { details: { call: method } },
    )
  }

  #onClose(): void {
    if (this.#isLost) return
    this.#isLost = true
    const pending = this.#pending.slice() // a call that is rejected leaves the list
    for (const call of pending) call.reject(this.#options.lostError())
    this.#remote.close()
  }
}

/** The methods of a service as a caller sees them. */
type Methods<Service> = {
  [Name in keyof Service]: Service[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never
}

export interface CallOptions {
  /** On the client's clock; `Infinity`: none. The default is 30 s from now. */
  deadlineMs?: number
  signal?: AbortSignal | undefined
  /** The thread may end although this call is not answered. */
  isBackground?: boolean
}

export interface RpcClientOptions {
  /** Whose service it is, for messages: "the controller of broker main". */
  name: string
  /** Makes the error that pending and later calls get once the other end is gone. */
  lostError: () => RinglogError
  /** How long a call waits that has no deadline of its own. Default 30 s. */
  callTimeoutMs?: number
  /** Of what waits for the answers. Default: the process's. */
  clock?: Clock
}

/** A call that was made and is not answered yet. */
interface PendingCall {
  reject(error: unknown): void
}
