import type {
  ClientMetrics,
  ConsumerMetrics,
  HandlerMetrics,
  ProducerMetrics,
} from '@ringlog/core/internal'
import { counters, gauges, seconds, type Measure } from './measure.ts'

const OF_PRODUCER = ['client_id']
const OF_CONSUMER = ['client_id', 'group']

/** Of a producer, by `client_id`. */
export const PRODUCER: ReadonlyArray<Measure<ProducerMetrics>> = [
  ...counters<ProducerMetrics>(OF_PRODUCER, [
    ['producer_sent_records', 'Records that left for their partition.', (p) => p.recordSendTotal],
    ['producer_failed_records', 'Records that were not delivered.', (p) => p.recordErrorTotal],
    ['producer_retried_records', 'Records that were sent again.', (p) => p.recordRetryTotal],
    [
      'producer_requests',
      'Batches that left, again and again where need be.',
      (p) => p.requestTotal,
    ],
    ['producer_outgoing_bytes', 'Bytes that were sent.', (p) => p.outgoingByteTotal],
    [
      'producer_buffer_exhausted_records',
      'Records that were refused for want of bufferMemoryBytes.',
      (p) => p.bufferExhaustedTotal,
    ],
  ]),
  ...gauges<ProducerMetrics>(OF_PRODUCER, 'sum', [
    ['producer_requests_in_flight', 'Batches that are on their way.', (p) => p.requestsInFlight],
    ['producer_buffer_limit_bytes', 'bufferMemoryBytes.', (p) => p.bufferTotalBytes],
    [
      'producer_buffer_available_bytes',
      'What is left of bufferMemoryBytes.',
      (p) => p.bufferAvailableBytes,
    ],
  ]),
  ...gauges<ProducerMetrics>(OF_PRODUCER, 'max', [
    [
      'producer_record_queue_time_max_seconds',
      'How long a batch waited before it was sent, in the last minute.',
      (p) => seconds(p.recordQueueTimeMax),
    ],
    [
      'producer_request_latency_max_seconds',
      'How long a batch was out, in the last minute.',
      (p) => seconds(p.requestLatencyMax),
    ],
  ]),
]

/** Of a consumer, by `client_id` and `group`. */
export const CONSUMER: ReadonlyArray<Measure<ConsumerMetrics>> = [
  ...counters<ConsumerMetrics>(OF_CONSUMER, [
    ['consumer_consumed_records', 'Records that were handed out.', (c) => c.recordsConsumedTotal],
    ['consumer_consumed_bytes', 'Bytes of them in the log.', (c) => c.bytesConsumedTotal],
    [
      'consumer_missed_records',
      'Records that were gone before they were handed out.',
      (c) => c.recordsMissed,
    ],
    ['consumer_fetches', 'Polls that found records.', (c) => c.fetchTotal],
  ]),
  ...gauges<ConsumerMetrics>(OF_CONSUMER, 'sum', [
    ['consumer_assigned_partitions', 'Partitions that it reads.', (c) => c.assignedPartitions],
  ]),
  ...gauges<ConsumerMetrics>(OF_CONSUMER, 'max', [
    ['consumer_lag_max_records', 'The largest lag of its partitions.', (c) => c.recordsLagMax],
    [
      'consumer_time_between_poll_max_seconds',
      'From one poll to the next, in the last minute.',
      (c) => seconds(c.timeBetweenPollMax),
    ],
    [
      'consumer_last_poll_age_seconds',
      'Since its last poll began.',
      (c) => (c.lastPollSecondsAgo < 0 ? null : c.lastPollSecondsAgo),
    ],
  ]),
  ...gauges<ConsumerMetrics>(OF_CONSUMER, 'min', [
    [
      'consumer_poll_idle_ratio',
      'The share of time that is spent in polls; 1: it has nothing to do.',
      (c) => c.pollIdleRatioAvg,
    ],
  ]),
]

/** Of what calls handlers, by `client_id` and `group`. */
export const HANDLER: ReadonlyArray<Measure<HandlerMetrics>> = [
  ...counters<HandlerMetrics>(OF_CONSUMER, [
    ['handler_handled_records', 'Records that were handled to the end.', (h) => h.handledRecords],
    ['handler_failed_attempts', 'Attempts that failed.', (h) => h.failedAttempts],
    [
      'handler_dead_lettered_records',
      'Records that went to the dead letter topic.',
      (h) => h.deadLetteredRecords,
    ],
  ]),
  ...gauges<HandlerMetrics>(OF_CONSUMER, 'sum', [
    [
      'handler_pending_records',
      'Records that were polled and are not finished.',
      (h) => h.pendingRecords,
    ],
    [
      'handler_waiting_retries',
      'Records that wait for their next attempt.',
      (h) => h.waitingRetries,
    ],
  ]),
]

/** Of any of them, by `client_id`, `group` and `kind`. */
export const CLIENT: ReadonlyArray<Measure<ClientMetrics>> = gauges(
  ['client_id', 'group', 'kind'],
  'max',
  [['client_metrics_age_seconds', 'How old its metrics are.', (c) => seconds(c.ageMs)]],
)
