import { ERROR_CODES, type RinglogErrorCode } from './error-codes.ts'

type OwnErrorCode = {
  [Code in RinglogErrorCode]: (typeof ERROR_CODES)[Code][0] extends null ? Code : never
}[RinglogErrorCode]

/**
 * Numbers for the codes that Kafka has none for, where a code has to fit into a word of shared
 * memory. They are ours alone and mean nothing to a Kafka client. Once given, a number never changes
 * and is never given again.
 */
const OWN_ERROR_NUMBERS: Readonly<Record<OwnErrorCode, number>> = {
  BUFFER_FULL: 10_001,
  PRODUCER_CLOSED: 10_002,
  CONSUMER_CLOSED: 10_003,
  BROKER_CLOSED: 10_004,
  BROKER_NOT_AVAILABLE: 10_005,
  PARTITION_OFFLINE: 10_006,
  WORKER_CRASHED: 10_007,
  LAYOUT_MISMATCH: 10_008,
  NO_OFFSET_FOR_PARTITION: 10_009,
  CONCURRENT_POLL: 10_010,
  INVALID_STATE: 10_011,
  WAKEUP: 10_012,
  SERIALIZATION_FAILED: 10_013,
  HANDLER_FAILED: 10_014,
  LOG_TRUNCATED: 10_015,
}

const codesByNumber = new Map<number, RinglogErrorCode>()
for (const code of Object.keys(ERROR_CODES) as RinglogErrorCode[]) {
  codesByNumber.set(errorNumberOf(code), code)
}

/** The number of a code: Kafka's where it has one, else ours; never 0, which is no error. */
export function errorNumberOf(code: RinglogErrorCode): number {
  return ERROR_CODES[code][0] ?? OWN_ERROR_NUMBERS[code as OwnErrorCode]
}

/** The code of a number; `null` for one that was never given. */
export function errorCodeOf(errorNumber: number): RinglogErrorCode | null {
  return codesByNumber.get(errorNumber) ?? null
}
