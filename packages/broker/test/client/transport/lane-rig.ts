import { RinglogError, type RinglogErrorCode } from '@ringlog/core'
import {
  Doorbell,
  LANE_BATCH,
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneReader,
  createLaneMemory,
  monotonicMs,
  serveRpc,
  type AppendAnswer,
  type AppendDeadline,
  type AppendRequest,
  type PartitionService,
  type WaitStrategy,
} from '@ringlog/core/internal'
import { settle } from '@ringlog/test-kit'
import { EventEmitter, once } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { LaneAnswers } from '../../../src/client/transport/lane-answers.ts'
import { LaneAppender } from '../../../src/client/transport/lane-appender.ts'
import { RpcAppender } from '../../../src/client/transport/rpc-appender.ts'

export const LANE_BYTES = 16 * 1024
/** A lane takes batches of a quarter of it. */
export const LARGE_BYTES = LANE_BYTES / 4 + 8

const AT = { topic: 'orders', partition: 0 }

/** A client's end of its lanes, in this thread. */
export class Client {
  /** Waits that keep the thread alive. */
  holds = 0
  readonly answers = new LaneAnswers(() => {
    this.holds++
    return () => this.holds--
  })
}

function lostError(): RinglogError {
  return new RinglogError('WORKER_CRASHED')
}

/** A way to one partition, whose worker is the test. */
export class Rig {
  readonly memory: SharedArrayBuffer = createLaneMemory(LANE_BYTES)
  readonly reader = new LaneReader(this.memory)
  readonly appender: LaneAppender
  /** What became of each batch, in the order in which it was told: the batch's number first. */
  readonly outcomes: string[] = []
  /** The first bytes of the batches that came, in order: whichever way. */
  readonly log: string[] = []
  /** What comes by the port is not answered. */
  holdsRpc = false
  /** Whether the port that is tied to the lane is closed, by either end. */
  isPortClosed = false
  /** The other end of the port that is tied to the lane. */
  #port: MessagePort
  /** Whether the worker has a successor, or why not: a test says so. */
  readonly #successors = new EventEmitter<{ successor: [RinglogError | null] }>()
  #sent = 0

  constructor(client: Client, waitStrategy: WaitStrategy = 'park') {
    const { rpc, port } = this.#open()
    this.#port = port
    this.appender = new LaneAppender({
      memory: this.memory,
      workerDoorbell: new Doorbell(),
      rpc,
      answers: client.answers,
      waitStrategy,
      reconnect: () => this.#reconnect(),
    })
  }

  /** Hands a batch over whose bytes are its number. */
  append(sizeBytes = 8, times: Partial<AppendDeadline> = {}): void {
    const buffer = new ArrayBuffer(sizeBytes)
    const number = this.#sent++
    new DataView(buffer).setInt32(0, number)
    const requestDeadlineMs = monotonicMs() + 10_000
    const waitingSinceMs = monotonicMs()
    const deadline = { requestDeadlineMs, waitingSinceMs, maxBlockMs: 10_000, ...times }
    this.appender.append(buffer, sizeBytes, deadline, {
      onAnswer: (outcome) => {
        if (outcome.error === null) this.outcomes.push(`${number} at ${outcome.baseOffset}`)
        else if (outcome.isBehindRefused === true) this.outcomes.push(`${number} behind`)
        else if (outcome.isNotSent === true) this.outcomes.push(`${number} not sent`)
        else this.outcomes.push(`${number} ${outcome.error.code}`)
      },
      onNoAnswer: ({ code }) => this.outcomes.push(`${number} ${code}?`),
    })
  }

  /** The worker takes the next batch out of the lane, if there is one. */
  serve(refusal: RinglogErrorCode | null = null): boolean {
    const status = this.reader.peek()
    if (status === LANE_BATCH_BEHIND_REFUSED) this.reader.skip()
    else if (status === LANE_BATCH && refusal !== null) {
      this.reader.refuse(new RinglogError(refusal))
    } else if (status === LANE_BATCH) {
      const bytes = new Uint8Array(this.reader.frame.sizeBytes)
      this.reader.copyTo(bytes, 0)
      this.reader.acknowledge(this.#take(bytes, 'lane'), -1)
    }
    return status !== LANE_EMPTY && status !== LANE_CLOSED
  }

  /** The worker's thread has ended. */
  async die(): Promise<void> {
    this.#port.close()
    await settle(20)
  }

  /** A successor of the worker is there; or there is none, and why. */
  async succeed(error: RinglogError | null = null): Promise<void> {
    this.#successors.emit('successor', error)
    await settle(20)
  }

  async #reconnect(): Promise<RpcAppender> {
    const [error] = (await once(this.#successors, 'successor')) as [RinglogError | null]
    if (error !== null) throw error
    const { rpc, port } = this.#open()
    this.#port = port
    return rpc
  }

  #open(): { rpc: RpcAppender; port: MessagePort } {
    const { port1, port2 } = new MessageChannel()
    const service: PartitionService = { append: (request) => this.#onRpc(request) }
    serveRpc(port2, service)
    this.isPortClosed = false
    port2.on('close', () => (this.isPortClosed = true))
    onTestFinished(() => port2.close())
    return { rpc: new RpcAppender(port1, AT, lostError), port: port2 }
  }

  #onRpc({ buffer, sizeBytes }: AppendRequest): AppendAnswer | Promise<AppendAnswer> {
    if (this.holdsRpc) return new Promise(() => undefined)
    const baseOffset = this.#take(new Uint8Array(buffer, 0, sizeBytes), 'rpc')
    return { error: null, baseOffset, logAppendTimeMs: -1, buffer }
  }

  #take(bytes: Uint8Array, way: string): number {
    const number = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0)
    return this.log.push(`${number} by ${way}`) - 1
  }
}
