import type { ConsumerConfig, ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import {
  callbackOption,
  integerOption,
  type LogClient,
  type RinglogError,
} from '@ringlog/core/internal'
import type { BatchContext, HandlerContext } from '../handling/handler-context.ts'
import {
  checkedOption,
  resolveHandlingConfig,
  type Fault,
  type HandlingConfig,
  type HandlingOwner,
  type ResolvedHandlingConfig,
} from '../handling/handling-config.ts'
import type { Handlers } from '../handling/handling-parts.ts'

/** The configuration of `runConsumer`: a consumer's, and beside it what handles the records. */
export type ConsumerRunnerConfig<
  K = Buffer | null,
  V = Buffer | null,
  D = unknown,
> = ConsumerRunnerOptions<K, V, D> & RecordFunction<K, V, D>

/** What of the configuration is not the function that handles records. */
export interface ConsumerRunnerOptions<K = Buffer | null, V = Buffer | null, D = unknown>
  extends Omit<ConsumerConfig<K, V>, 'autoCommit' | 'groupId'>, HandlingConfig {
  /**
   * How many records, or batches, are handled at once, as far as their handlers wait for something. Records of
   * one key are always handled one after the other, in their order, and so are the batches of a partition; a
   * record without a key keeps no order. Default 1.
   */
  concurrency?: number | undefined
  /** What handlers find as `context.data`. */
  data?: D | undefined
  /**
   * Called with what went wrong: `details.isFatal` says whether the runner stops for it. It goes on when nothing
   * more can be read of one partition: PARTITION_OFFLINE (until `Broker.restartPartition`), CORRUPT_MESSAGE,
   * KAFKA_STORAGE_ERROR (until its files can be read). What stops it `closed` rejects with, as well. Without it, the
   * process gets a warning.
   */
  onError?: ((error: RinglogError) => void) | undefined
  /**
   * How long the runner may go without polling before its group gives its partitions to others. It polls
   * while handlers wait for something; so this limits only what keeps the thread itself busy. The
   * signals of the handlers whose partition was lost are aborted. When the partition is back and one of them
   * still runs after so long, the runner stops. Default 300,000.
   */
  maxPollIntervalMs?: number | undefined
  /**
   * Aborted: the runner closes, as by `close`, but the signals of the handlers that run are aborted at once. What
   * they finish all the same is committed.
   */
  signal?: AbortSignal | undefined
}

/** The function that handles records: one or the other. */
export type RecordFunction<K, V, D> =
  | {
      /**
       * Handles one record; it is committed when what this returns has resolved, and what this wrote with
       * `context.producer` is in the log. What it throws, or rejects with, is a failed attempt.
       *
       * Where `keySerde` or `valueSerde` does not take a record's bytes, this is not called, and no attempt would
       * help: the record goes where `onExhausted` says.
       */
      eachRecord: (record: ConsumerRecord<K, V>, context: HandlerContext<D>) => unknown
      eachBatch?: undefined
    }
  | {
      /**
       * Handles several records of one partition, in offset order: what has come of it, at the most
       * `maxPollRecords` at first. When it fails, the records up to the last `context.done(record)` are committed,
       * and the next one has failed: it waits, with all that comes after it in its partition, for its next attempt.
       */
      eachBatch: (records: ConsumerRecords<K, V>, context: BatchContext<D>) => unknown
      eachRecord?: undefined
    }

export interface ResolvedRunnerConfig extends ResolvedHandlingConfig {
  readonly handlers: Handlers
  readonly concurrency: number
  readonly data: unknown
}

const RUNNER_OPTIONS = {
  eachRecord: callbackOption<NonNullable<Handlers['handle']>>(),
  eachBatch: callbackOption<NonNullable<Handlers['handleBatch']>>(),
  concurrency: integerOption(1, { min: 1, max: 100_000 }),
  data: checkedOption<unknown>(undefined, () => null),
}

const RUNNER: HandlingOwner<typeof RUNNER_OPTIONS> = {
  owner: 'ConsumerRunnerConfig',
  name: 'a runner',
  options: RUNNER_OPTIONS,
  required: [],
  refused: { autoCommit: 'it commits what is handled' },
  faultsOf: ({ eachRecord, eachBatch }): Fault[] => {
    if (eachRecord !== null && eachBatch !== null) {
      return [{ option: 'eachBatch', fault: 'cannot be given beside eachRecord' }]
    }
    if (eachRecord !== null || eachBatch !== null) return []
    return [{ option: 'eachRecord', fault: 'or eachBatch must be given' }]
  },
}

/**
 * Checks a configuration, and what of it depends on the log.
 *
 * @throws RinglogError INVALID_CONFIG that lists every fault; BROKER_CLOSED.
 */
export async function resolveRunnerConfig<K, V, D>(
  client: LogClient,
  given: ConsumerRunnerConfig<K, V, D>,
): Promise<ResolvedRunnerConfig> {
  const { handling, own } = await resolveHandlingConfig(client, given, RUNNER)
  const { eachRecord, eachBatch, concurrency, data } = own
  return {
    ...handling,
    handlers: { handle: eachRecord, handleBatch: eachBatch },
    concurrency,
    data,
  }
}
