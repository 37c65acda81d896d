import { FifoQueue, RinglogError, clearTimer, reasonOf, setTimer } from '@ringlog/core/internal'
import type { Callback, Connection, ResponseParser, Writer } from '@platformatic/kafka'
import type { BrokerEndpoint } from '../cluster-config.ts'
import type { Kafka } from '../load-kafka.ts'
import { nameOfEndpoint } from './cluster-errors.ts'
import { RESPONSE_HEADER_BYTES, ReceivedResponses } from './received-responses.ts'

/** The package counts its own requests from 1: ours, on the same socket, are told from them by their numbers. */
const FIRST_NUMBER = 2 ** 30
const LAST_NUMBER = 2 ** 31 - 1
/** Pieces below it are put together: each that the socket is handed costs more than its copy. */
const MIN_PIECE_BYTES = 4096

/** What a pipeline needs beside its connection. */
export interface PipelineParts {
  readonly kafka: Kafka
  readonly at: BrokerEndpoint
  readonly clientId: string
  /** For how long an answer may take. */
  readonly requestTimeoutMs: number
}

/**
 * Requests on their way over one connection, whose answers come in the order of the requests.
 *
 * ```text
 *  send ─▶ pieces ─▶ socket        socket ─▶ pieces ─▶ parse ─▶ callback
 * ```
 *
 * The package opens the connection, and authenticates it; from then on what is read and written is this pipeline's. The
 * package writes again only where it has to authenticate anew, and hears what is answered to that; other requests are
 * held meanwhile, since a broker takes nothing else then.
 *
 * Ownership: a request leaves in the pieces that it was written in, and none of a batch's size is copied. So a batch's
 * memory is the pipeline's until the callback: that of a request without an answer comes when the socket has taken it.
 *
 * Thread: the client's.
 *
 * Source: Apache Kafka, `clients/InFlightRequests.java`; KIP-368.
 */
export class RequestPipeline {
  readonly #connection: Connection
  readonly #parts: PipelineParts
  readonly #unanswered = new FifoQueue<PendingRequest>()
  /** Written, and not sent: the connection is being authenticated. */
  readonly #held = new FifoQueue<WrittenRequest>()
  readonly #received: ReceivedResponses
  #lastNumber = FIRST_NUMBER
  #isClosed = false
  /** Why the connection ends, where that is known. */
  #failure: Error | null = null

  /** @param connection Open, and nothing is on its way. */
  constructor(connection: Connection, parts: PipelineParts) {
    this.#connection = connection
    this.#parts = parts
    const { socket } = connection
    const packageListeners = socket.listeners('data') as Array<(bytes: Buffer) => void>
    this.#received = new ReceivedResponses(parts.kafka, (response, requestNumber) => {
      if (requestNumber >= FIRST_NUMBER) this.#onResponse(response, requestNumber)
      else for (const listener of packageListeners) listener.call(socket, response.buffer)
    })
    socket.removeAllListeners('data')
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes))
    connection.on('error', (error) => (this.#failure ??= error))
    connection.on('connect', () => this.#sendHeld())
    connection.once('close', () => this.#end())
  }

  /** Whether it takes requests. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#connection.socket.writable
  }

  /** Sends a request, as the package's modules for requests call it; `callback` is called once. */
  send<Response>(
    apiKey: number,
    apiVersion: number,
    createPayload: () => Writer | Promise<Writer>,
    parse: ResponseParser<Response>,
    hasTaggedHeader: boolean,
    hasTaggedResponseHeader: boolean,
    callback: Callback<Response>,
  ): void {
    if (!this.isOpen) {
      callback(this.#closedError())
      return
    }
    const request = new PendingRequest(this.#nextNumber(), callback, (response, number) => {
      // Of a header with tags none is known: a zero says how many there are.
      const headerBytes = RESPONSE_HEADER_BYTES + (hasTaggedResponseHeader ? 1 : 0)
      const body = response.dynamicBuffer.subarray(headerBytes, response.length)
      return parse(number, apiKey, apiVersion, new this.#parts.kafka.Reader(body))
    })
    const writer = this.#parts.kafka.Writer.create()
    let isAnswered: boolean
    try {
      const payload = createPayload() as Writer
      isAnswered = payload.context['noResponse'] !== true
      writer.appendInt16(apiKey).appendInt16(apiVersion).appendInt32(request.number)
      writer.appendString(this.#parts.clientId, false)
      if (hasTaggedHeader) writer.appendTaggedFields()
      writer.appendFrom(payload).prependLength()
    } catch (cause) {
      const message = `a request cannot be written: ${reasonOf(cause)}`
      request.end(new RinglogError('INVALID_REQUEST', message, { cause }))
      return
    }
    request.startTimer(() => this.#onTimeout(request), this.#parts.requestTimeoutMs)
    const written = { request, pieces: joinSmall(writer.buffers), isAnswered }
    if (this.#connection.status === 'reauthenticating') this.#held.push(written)
    else this.#write(written)
  }

  #nextNumber(): number {
    this.#lastNumber = this.#lastNumber === LAST_NUMBER ? FIRST_NUMBER : this.#lastNumber + 1
    return this.#lastNumber
  }

  #sendHeld(): void {
    for (const written of this.#held.shiftAll()) this.#write(written)
  }

  #write({ request, pieces, isAnswered }: WrittenRequest): void {
    const { socket } = this.#connection
    if (isAnswered) this.#unanswered.push(request)
    socket.cork()
    for (const piece of pieces.slice(0, -1)) socket.write(piece)
    const onTaken = (error?: Error | null): void =>
      request.end(error ? this.#closedError(error) : null)
    socket.write(pieces.at(-1)!, isAnswered ? undefined : onTaken)
    socket.uncork()
  }

  #onBytes(bytes: Buffer): void {
    try {
      this.#received.add(bytes)
    } catch (error) {
      this.#connection.socket.destroy(error as Error)
    }
  }

  #onResponse(response: Writer, requestNumber: number): void {
    const { head } = this.#unanswered
    if (head?.number !== requestNumber) throw new Error('it answered what it was not asked')
    this.#unanswered.shift()
    head.answer(response)
  }

  /** What comes behind it would be answered too late as well. */
  #onTimeout(request: PendingRequest): void {
    const { at, requestTimeoutMs } = this.#parts
    const broker = nameOfEndpoint(at)
    const message = `broker ${broker} did not answer within ${requestTimeoutMs} ms`
    this.#connection.socket.destroy()
    request.end(new RinglogError('REQUEST_TIMED_OUT', message, { details: { broker } }))
  }

  #end(): void {
    this.#isClosed = true
    const error = this.#closedError()
    const held = this.#held.shiftAll().map(({ request }) => request)
    for (const request of [...this.#unanswered.shiftAll(), ...held]) request.end(error)
  }

  #closedError(reason: Error | null = null): Error {
    const cause = this.#failure ?? reason
    const { NetworkError } = this.#parts.kafka
    return new NetworkError('Connection closed', cause === null ? {} : { cause })
  }
}

interface WrittenRequest {
  readonly request: PendingRequest
  readonly pieces: readonly Buffer[]
  readonly isAnswered: boolean
}

/** A request whose callback was not called yet; it is called once. */
class PendingRequest {
  readonly number: number
  readonly #callback: Callback<unknown>
  readonly #parse: (response: Writer, requestNumber: number) => unknown
  #timer: ReturnType<typeof setTimer> | undefined
  #hasEnded = false

  constructor(
    number: number,
    callback: Callback<never>,
    parse: (response: Writer, requestNumber: number) => unknown,
  ) {
    this.number = number
    this.#callback = callback as Callback<unknown>
    this.#parse = parse
  }

  /** Who waits for the request keeps the process alive, by the connection; the timer does not. */
  startTimer(onTimeout: () => void, timeoutMs: number): void {
    this.#timer = setTimer(onTimeout, timeoutMs)
    this.#timer.unref()
  }

  answer(response: Writer): void {
    let value: unknown
    try {
      value = this.#parse(response, this.number)
    } catch (error) {
      this.end(error as Error)
      return
    }
    this.end(null, value)
  }

  end(error: Error | null, value?: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimer(this.#timer)
    this.#callback(error, value)
  }
}

/** Puts small pieces that follow each other together. */
function joinSmall(pieces: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = []
  let small: Buffer[] = []
  const flush = (): void => {
    if (small.length > 0) joined.push(small.length === 1 ? small[0]! : Buffer.concat(small))
    small = []
  }
  for (const piece of pieces) {
    if (piece.length < MIN_PIECE_BYTES) {
      small.push(piece)
      continue
    }
    flush()
    joined.push(piece)
  }
  flush()
  return joined
}
