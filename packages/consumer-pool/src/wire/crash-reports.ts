import type { ConsumerRecord } from '@ringlog/consumer'
import {
  RinglogError,
  decodeError,
  encodeError,
  partitionName,
  type TopicPartition,
  type WireError,
} from '@ringlog/core/internal'

export function encodeCrash({ records, error }: CrashReport): WireCrash {
  return { records, error: encodeError(error) }
}

export function decodeCrash({ records, error }: WireCrash): CrashReport {
  return { records, error: decodeError(error) as RinglogError }
}

/** Reports are kept to say why a record is given up; the ledger decides that it is. */
const MAX_REPORTS = 100

/** How threads of a pool crashed: the cause in the error of a record that crashed them. */
export class CrashReports {
  #reports: CrashReport[] = []

  /** The latest, to be given to another thread. */
  get all(): readonly CrashReport[] {
    return this.#reports
  }

  add(report: CrashReport): void {
    this.#reports = [...this.#reports, report].slice(-MAX_REPORTS)
  }

  /** How the thread crashed that handled the record last. */
  errorOf({ topic, partition, offset }: ConsumerRecord): RinglogError {
    const report = this.#reports.findLast(({ records }) =>
      records.some((r) => r.offset === offset && r.partition === partition && r.topic === topic),
    )
    return (
      report?.error ??
      new RinglogError(
        'WORKER_CRASHED',
        `the handler of partition=${partitionName(topic, partition)}, offset=${offset} did not come to an ` +
          'end: its thread crashed, or was put out of its group',
        { details: { topic, partition, offset } },
      )
    )
  }
}

/** The records that a thread was handling when it crashed, and how it crashed. */
export interface CrashReport {
  readonly records: readonly SuspectRecord[]
  readonly error: RinglogError
}

/** A record whose handler ran when its thread crashed. */
export interface SuspectRecord extends TopicPartition {
  readonly offset: number
  /** Which attempt it was: from 1. */
  readonly attempt: number
}

/** The same as it crosses threads. */
export interface WireCrash {
  readonly records: readonly SuspectRecord[]
  readonly error: WireError
}
