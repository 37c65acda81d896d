import {
  RinglogError,
  encodeError,
  nextTurn,
  show,
  withTransfer,
  type AppendAnswer,
  type AppendRequest,
  type PartitionService,
} from '@ringlog/core/internal/partition-thread'
import type { LogOnDisk } from './disk/log-on-disk.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Acks } from './partition-start.ts'
import { isOfBatch } from './refusal.ts'

/** One producer's batches, as they come over Comlink: the `rpc` transport's end at the log. */
export class ProducerSession implements PartitionService {
  readonly #log: PartitionLog
  /** `null`: answers wait for no disk. */
  readonly #disk: LogOnDisk | null

  constructor(log: PartitionLog, acks: Acks) {
    this.#log = log
    this.#disk = acks === 'all' ? log.disk : null
  }

  async append(request: AppendRequest): Promise<AppendAnswer> {
    const fault = findRequestFault(request)
    if (fault !== null) {
      this.#log.countFailedAppend()
      throw new RinglogError('INVALID_REQUEST', `an append ${fault}`)
    }
    const answer = await this.#answer(request)
    // What is thrown here says, unlike an answer, that the batch may be in the log.
    if (answer.error === null) await this.#disk?.acknowledgements.wait(this.#log.endOffset)
    const { faults } = this.#log
    const { answers } = faults
    if (answers?.areInForce === true) await new Promise<void>((pass) => void answers.take(pass))
    faults.reachAfterTurn('afterAcknowledge')
    return withTransfer(answer, [request.buffer])
  }

  async #answer(request: AppendRequest): Promise<AppendAnswer> {
    const { buffer } = request
    try {
      const result = await this.#log.append(this.#batchOf(request), request, { owner: this })
      this.#log.faults.reach('beforeAcknowledge')
      return { ...result, error: null, buffer }
    } catch (error) {
      if (!isOfBatch(error)) await nextTurn(this.#log.clock) // INV-100
      this.#log.countFailedAppend()
      return { error: encodeError(error), buffer }
    }
  }

  #batchOf({ buffer, sizeBytes }: AppendRequest): Uint8Array {
    if (sizeBytes <= buffer.byteLength) return new Uint8Array(buffer, 0, sizeBytes)
    throw new RinglogError(
      'CORRUPT_MESSAGE',
      `record batch is larger than its memory: sizeBytes=${sizeBytes}, memoryBytes=${buffer.byteLength}`,
    )
  }
}

/** Says what of a request of any shape cannot be, or `null`: as with a lane, each number is looked at first. */
function findRequestFault(request: Partial<AppendRequest> | null | undefined): string | null {
  const { buffer, sizeBytes, requestDeadlineMs, waitingSinceMs, maxBlockMs } = request ?? {}
  // Memory that others can write to could change between check and use.
  if (!(buffer instanceof ArrayBuffer)) return `has no memory of its own: ${show(buffer)}`
  if (!Number.isInteger(sizeBytes) || sizeBytes! < 0) {
    return `has a size that cannot be: sizeBytes=${show(sizeBytes)}`
  }
  const times = [requestDeadlineMs, waitingSinceMs, maxBlockMs]
  const areTimes = times.every((time) => typeof time === 'number' && !Number.isNaN(time))
  if (areTimes && maxBlockMs! >= 0 && !Number.isNaN(waitingSinceMs! + maxBlockMs!)) return null
  return (
    `has deadlines that cannot be: requestDeadlineMs=${show(requestDeadlineMs)}, ` +
    `waitingSinceMs=${show(waitingSinceMs)}, maxBlockMs=${show(maxBlockMs)}`
  )
}
