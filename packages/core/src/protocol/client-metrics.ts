/** A producer, a consumer, or what calls handlers for one, as `BrokerMetrics.clients` tells of it. */
export type ClientMetrics = ClientReport & {
  /** Of the thread that it was made in: as `threadId` of `node:worker_threads`. */
  readonly threadId: number
  /**
   * How old this is; 0: the thread has told it for this call. More where its event loop does not turn, so that
   * it told this last.
   */
  readonly ageMs: number
}

/**
 * What a client's thread tells of a producer, a consumer, or what calls handlers for one.
 *
 * @inline
 */
export type ClientReport = ProducerReport | ConsumerReport | HandlerReport

/** @inline */
interface ProducerReport {
  readonly kind: 'producer'
  readonly clientId: string
  readonly groupId: null
  readonly metrics: ProducerMetrics
}

/** @inline */
interface ConsumerReport {
  readonly kind: 'consumer'
  readonly clientId: string
  /** `null`: it has no group. */
  readonly groupId: string | null
  readonly metrics: ConsumerMetrics
}

/** @inline */
interface HandlerReport {
  readonly kind: 'handler'
  /** Of the consumer whose records are handled. */
  readonly clientId: string
  readonly groupId: string
  readonly metrics: HandlerMetrics
}

/** What became of the records that handlers were called with, since their thread was started. */
export interface HandlerMetrics {
  /** Records that were handled to the end; those of the dead letter topic among them. */
  readonly handledRecords: number
  /** Attempts that failed. */
  readonly failedAttempts: number
  /** Records that went to the dead letter topic. */
  readonly deadLetteredRecords: number
  /** Records that were polled and are not finished: those in a handler, and those that wait. */
  readonly pendingRecords: number
  /** Of these, those that have failed and wait for their next attempt. */
  readonly waitingRetries: number
}

/**
 * What a producer has done, under the names of Kafka's producer metrics in camel case. Totals are
 * since the producer was made; rates (a second), averages and maxima over the last 30 to 60 seconds,
 * 0 where there was nothing. Times are milliseconds, sizes bytes.
 */
export interface ProducerMetrics {
  /** Records that left for their partition. */
  readonly recordSendTotal: number
  readonly recordSendRate: number
  /** Records that were not delivered; with `acks` 0 also those whose promise had resolved before. */
  readonly recordErrorTotal: number
  readonly recordErrorRate: number
  /** Records that left again. */
  readonly recordRetryTotal: number
  readonly recordRetryRate: number
  /** Bytes of records before compression, headers included. */
  readonly recordSizeAvg: number
  readonly recordSizeMax: number
  /** Bytes of batches as they left: compressed. */
  readonly batchSizeAvg: number
  readonly batchSizeMax: number
  /** Compressed bytes for each byte; 1: not compressed. */
  readonly compressionRateAvg: number
  /** From a batch's first record until it leaves. */
  readonly recordQueueTimeAvg: number
  readonly recordQueueTimeMax: number
  /** A request carries one batch of one partition. */
  readonly recordsPerRequestAvg: number
  readonly requestTotal: number
  readonly requestRate: number
  /** From when a batch leaves until it is answered; includes the wait for room in a full ring. */
  readonly requestLatencyAvg: number
  readonly requestLatencyMax: number
  readonly requestsInFlight: number
  readonly outgoingByteTotal: number
  readonly outgoingByteRate: number
  readonly bufferTotalBytes: number
  readonly bufferAvailableBytes: number
  /** Records that were refused because `bufferMemoryBytes` were used up. */
  readonly bufferExhaustedTotal: number
}

/**
 * What a consumer has done, under the names of Kafka's consumer metrics in camel case. Totals are
 * since the consumer was made; rates (a second), averages and maxima over the last 30 to 60 seconds,
 * 0 where there was nothing. Times are milliseconds unless the name says otherwise, sizes bytes.
 */
export interface ConsumerMetrics {
  /** Records that were handed out. */
  readonly recordsConsumedTotal: number
  readonly recordsConsumedRate: number
  /** Records that were gone from the log before they were handed out: see `onRecordsMissed`. */
  readonly recordsMissed: number
  /** Bytes in the log; a batch's count with its last record. */
  readonly bytesConsumedTotal: number
  readonly bytesConsumedRate: number
  /** A fetch is a poll, also one of an iteration or a stream, that found records. */
  readonly fetchTotal: number
  readonly fetchRate: number
  readonly fetchSizeAvg: number
  readonly fetchSizeMax: number
  readonly recordsPerRequestAvg: number
  /** The largest `lag` of the assigned partitions now. */
  readonly recordsLagMax: number
  /** Over the assigned partitions now: how far the position closest to its log's start is from it. */
  readonly recordsLeadMin: number
  readonly assignedPartitions: number
  /** From the beginning of one poll to that of the next. */
  readonly timeBetweenPollAvg: number
  readonly timeBetweenPollMax: number
  /** Since the last poll began, in seconds; -1: there was none. */
  readonly lastPollSecondsAgo: number
  /** The share of time that is spent in polls, most of it waiting; 1: the consumer has nothing to do. */
  readonly pollIdleRatioAvg: number
}
