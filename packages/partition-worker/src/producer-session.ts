import {
  RinglogError,
  encodeError,
  withTransfer,
  type AppendAnswer,
  type AppendRequest,
  type PartitionService,
} from '@ringlog/core/internal'
import type { PartitionLog } from './partition-log.ts'

/** One producer's batches, as they come over Comlink: the `rpc` transport's end at the log. */
export class ProducerSession implements PartitionService {
  readonly #log: PartitionLog
  readonly #onFailed: () => void

  constructor(log: PartitionLog, onFailed: () => void) {
    this.#log = log
    this.#onFailed = onFailed
  }

  async append(request: AppendRequest): Promise<AppendAnswer> {
    const { buffer } = request
    try {
      const result = await this.#log.append(this.#batchOf(request), request, { owner: this })
      return withTransfer({ ...result, error: null, buffer }, [buffer])
    } catch (error) {
      this.#onFailed()
      return withTransfer({ error: encodeError(error), buffer }, [buffer])
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
