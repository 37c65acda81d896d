import type { ProducerRecord } from '@ringlog/core/internal'
import type { TraceProducerOptions } from './trace-producer.ts'
import { startSend } from './trace-producer.ts'
import { withContext } from './context-headers.ts'
import { runInSpan } from './spans.ts'

/** What `traceRun` needs of a `ConsumerPool`. */
export interface RunsRecords<Options> {
  /** See `ConsumerPool.run`. */
  run<T = unknown>(record: ProducerRecord, options?: Options): Promise<T>
}

/**
 * The pool's `run` with a span, `send <topic>`, for each call, which lasts until the answer is there; its context
 * goes along in the record's headers.
 */
export function traceRun<Options>(
  pool: RunsRecords<Options>,
  options: TraceProducerOptions = {},
): RunsRecords<Options>['run'] {
  return <T = unknown>(record: ProducerRecord, ...rest: [Options?]): Promise<T> =>
    runInSpan(startSend(record, options), (context) =>
      pool.run<T>(withContext(record, context), ...rest),
    )
}
