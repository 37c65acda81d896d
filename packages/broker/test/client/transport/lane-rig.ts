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
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { LaneAnswers } from '../../../src/client/transport/lane-answers.ts'
import { LaneAppender } from '../../../src/client/transport/lane-appender.ts'
import { RpcAppender } from '../../../src/client/transport/rpc-appender.ts'

export const LANE_BYTES = 16 * 1024
/** A lane takes batches of a quarter of it. */
export const LARGE_BYTES = LANE_BYTES / 4 + 8

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
  return new RinglogError('PARTITION_OFFLINE')
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
  readonly #port: MessagePort
  #sent = 0

  constructor(client: Client, waitStrategy: WaitStrategy = 'park') {
    const { port1, port2 } = new MessageChannel()
    const rpc = new RpcAppender(port1, { topic: 'orders', partition: 0 }, lostError)
    this.appender = new LaneAppender(this.memory, new Doorbell(), rpc, client.answers, waitStrategy)
    this.#port = port2
    const service: PartitionService = { append: (request) => this.#onRpc(request) }
    serveRpc(port2, service)
    onTestFinished(() => port2.close())
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

  #onRpc({ buffer, sizeBytes }: AppendRequest): AppendAnswer {
    const baseOffset = this.#take(new Uint8Array(buffer, 0, sizeBytes), 'rpc')
    return { error: null, baseOffset, logAppendTimeMs: -1, buffer }
  }

  #take(bytes: Uint8Array, way: string): number {
    const number = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0)
    return this.log.push(`${number} by ${way}`) - 1
  }
}
