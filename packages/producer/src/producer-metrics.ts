import {
  BATCH_HEADER_BYTES,
  WindowedStat,
  type Clock,
  type ProducerMetrics,
} from '@ringlog/core/internal'
import type { BufferPool } from './buffer-pool.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** Counts, once for a batch, what `ProducerMetrics` tells. */
export class ProducerStats {
  readonly #clock: Clock
  readonly #recordSend: WindowedStat
  readonly #recordError: WindowedStat
  readonly #recordRetry: WindowedStat
  readonly #recordBytes: WindowedStat
  readonly #recordSizeMax: WindowedStat
  readonly #batchSize: WindowedStat
  readonly #compressionRate: WindowedStat
  readonly #queueTime: WindowedStat
  readonly #request: WindowedStat
  readonly #requestLatency: WindowedStat
  readonly #outgoingBytes: WindowedStat
  #requestsInFlight = 0
  #bufferExhausted = 0

  constructor(clock: Clock) {
    this.#clock = clock
    const stat = (): WindowedStat => new WindowedStat(clock.nowMs())
    this.#recordSend = stat()
    this.#recordError = stat()
    this.#recordRetry = stat()
    this.#recordBytes = stat()
    this.#recordSizeMax = stat()
    this.#batchSize = stat()
    this.#compressionRate = stat()
    this.#queueTime = stat()
    this.#request = stat()
    this.#requestLatency = stat()
    this.#outgoingBytes = stat()
  }

  onSent(batch: ProducerBatch, nowMs: number): void {
    const { recordCount, sizeBytes, plainSizeBytes } = batch
    this.#requestsInFlight++
    this.#request.add(1, nowMs)
    this.#outgoingBytes.add(sizeBytes, nowMs)
    if (batch.attempts > 1) {
      this.#recordRetry.add(recordCount, nowMs)
      return
    }
    this.#recordSend.add(recordCount, nowMs)
    this.#recordBytes.add(plainSizeBytes - BATCH_HEADER_BYTES, nowMs)
    this.#recordSizeMax.add(batch.maxRecordBytes, nowMs)
    this.#batchSize.add(sizeBytes, nowMs)
    this.#compressionRate.add(sizeBytes / plainSizeBytes, nowMs)
    this.#queueTime.add(nowMs - batch.createdMs, nowMs)
  }

  onAnswered(batch: ProducerBatch, nowMs: number): void {
    this.#requestsInFlight--
    this.#requestLatency.add(nowMs - batch.sentMs, nowMs)
  }

  get hasRequestsInFlight(): boolean {
    return this.#requestsInFlight > 0
  }

  onFailed(recordCount: number): void {
    this.#recordError.add(recordCount, this.#clock.nowMs())
  }

  onBufferExhausted(): void {
    this.#bufferExhausted++
  }

  read(pool: BufferPool): ProducerMetrics {
    const nowMs = this.#clock.nowMs()
    const requestRate = this.#request.perSecond(nowMs)
    const sendRate = this.#recordSend.perSecond(nowMs)
    const retryRate = this.#recordRetry.perSecond(nowMs)
    return {
      recordSendTotal: this.#recordSend.total,
      recordSendRate: sendRate,
      recordErrorTotal: this.#recordError.total,
      recordErrorRate: this.#recordError.perSecond(nowMs),
      recordRetryTotal: this.#recordRetry.total,
      recordRetryRate: retryRate,
      recordSizeAvg: ratio(this.#recordBytes.perSecond(nowMs), sendRate),
      recordSizeMax: this.#recordSizeMax.max(nowMs),
      batchSizeAvg: this.#batchSize.average(nowMs),
      batchSizeMax: this.#batchSize.max(nowMs),
      compressionRateAvg: this.#compressionRate.average(nowMs),
      recordQueueTimeAvg: this.#queueTime.average(nowMs),
      recordQueueTimeMax: this.#queueTime.max(nowMs),
      recordsPerRequestAvg: ratio(sendRate + retryRate, requestRate),
      requestTotal: this.#request.total,
      requestRate,
      requestLatencyAvg: this.#requestLatency.average(nowMs),
      requestLatencyMax: this.#requestLatency.max(nowMs),
      requestsInFlight: this.#requestsInFlight,
      outgoingByteTotal: this.#outgoingBytes.total,
      outgoingByteRate: this.#outgoingBytes.perSecond(nowMs),
      bufferTotalBytes: pool.totalBytes,
      bufferAvailableBytes: pool.totalBytes - pool.usedBytes,
      bufferExhaustedTotal: this.#bufferExhausted,
    }
  }
}

function ratio(dividend: number, divisor: number): number {
  return divisor === 0 ? 0 : dividend / divisor
}
