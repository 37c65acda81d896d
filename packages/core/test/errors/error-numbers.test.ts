import { describe, expect, test } from 'vitest'
import { ERROR_CODES, type RinglogErrorCode } from '../../src/errors/error-codes.ts'
import { errorCodeOf, errorNumberOf } from '../../src/errors/error-numbers.ts'

const codes = Object.keys(ERROR_CODES) as RinglogErrorCode[]

/** Written down a second time: numbers that must never change. */
const OWN_NUMBERS = {
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

describe('the numbers of error codes', () => {
  test('are Kafka’s where it has one, and else ours, for ever', () => {
    const own = codes.filter((code) => ERROR_CODES[code][0] === null)
    expect(Object.fromEntries(own.map((code) => [code, errorNumberOf(code)]))).toEqual(OWN_NUMBERS)
    for (const code of codes) {
      const [errorCode] = ERROR_CODES[code]
      if (errorCode !== null) expect(errorNumberOf(code)).toBe(errorCode)
    }
  })

  test('are all different, none is 0, and each leads back to its code', () => {
    const numbers = codes.map(errorNumberOf)
    expect(new Set(numbers).size).toBe(codes.length)
    expect(numbers).not.toContain(0)
    expect(numbers.map(errorCodeOf)).toEqual(codes)
  })

  test.each([0, 12_345, -2, 1.5])('%d, which was never given, leads to no code', (errorNumber) => {
    expect(errorCodeOf(errorNumber)).toBeNull()
  })
})
